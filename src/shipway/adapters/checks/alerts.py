"""Whether Prometheus has alerting rules: https://prometheus.io/docs/prometheus/latest/querying/api/#rules."""

from collections.abc import Sequence

from msgspec import Struct

from shipway.adapters.checks.asking import Found, Service


class Rule(Struct, frozen=True):
    """One alert."""

    name: str
    health: str = "unknown"
    state: str = "inactive"


class Group(Struct, frozen=True):
    """Rules of one file's group."""

    rules: tuple[Rule, ...] = ()


class Groups(Struct, frozen=True):
    """All of them."""

    groups: tuple[Group, ...] = ()


class Rules(Struct, frozen=True):
    """The answer."""

    data: Groups = Groups()


async def there(url: str, names: Sequence[str]) -> Found:
    """Every alert of these names, in each group evaluated without an error, and not firing. Raises `PortError`."""
    async with Service("Prometheus", url, {}) as prometheus:
        told = await prometheus.read("/api/v1/rules", Rules, {"type": "alert"})
    rules: dict[str, list[Rule]] = {}
    for rule in (rule for group in told.data.groups for rule in group.rules):
        rules.setdefault(rule.name, []).append(rule)
    missing = [name for name in names if name not in rules]
    if missing:
        return Found(False, f"Prometheus has no alert {', '.join(missing)}")
    if broken := [name for name in names if any(rule.health == "err" for rule in rules[name])]:
        return Found(False, f"{', '.join(broken)} cannot be evaluated")
    if firing := [name for name in names if any(rule.state == "firing" for rule in rules[name])]:
        return Found(False, f"{', '.join(firing)} is firing")
    return Found(True, f"{len(names)} of {len(rules)} alerts are there, and none of them fires")
