"""The ten items before a release, and when the list is complete. Pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shipway.model.checklist import Item, State


class Point(Struct, frozen=True, kw_only=True):
    """An item as people know it."""

    name: str
    words: str
    """What is true when it is done."""


POINTS: tuple[Point, ...] = (
    Point(name="tests", words="all tests pass in CI for this very commit"),
    Point(name="staging", words="staging runs this very version, and is healthy"),
    Point(name="migrations", words="database migrations ran in staging"),
    Point(name="rollback", words="the way back is planned and was rehearsed"),
    Point(name="dashboards", words="dashboards and alerts are there"),
    Point(name="team", words="the team knows"),
    Point(name="flags", words="feature flags are configured"),
    Point(name="health", words="health checks answer as they should"),
    Point(name="load-test", words="a load test was run, for a major change"),
    Point(name="runbook", words="the runbook knows new endpoints and features"),
)
NAMES = tuple(point.name for point in POINTS)
SETTLED = (State.DONE, State.CONFIRMED, State.WAIVED)


def is_complete(items: Sequence[Item]) -> bool:
    """Whether every one of the ten is settled."""
    return [item.name for item in items] == list(NAMES) and all(item.state in SETTLED for item in items)


def answered(items: Sequence[Item], confirmed: Mapping[str, str], waived: Mapping[str, str]) -> tuple[Item, ...]:
    """With what people say: who confirms settles what is open, and only who waives what has failed."""
    return tuple(_answered(item, confirmed, waived) for item in items)


def _answered(item: Item, confirmed: Mapping[str, str], waived: Mapping[str, str]) -> Item:
    if item.state == State.OPEN and item.name in confirmed:
        return replace(item, state=State.CONFIRMED, note=confirmed[item.name])
    if item.state in (State.OPEN, State.FAILED) and item.name in waived:
        return replace(item, state=State.WAIVED, note=waived[item.name])
    return item
