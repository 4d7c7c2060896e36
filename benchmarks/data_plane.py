"""CPU time per proxied request: Envoy as our adapter configures it, beside nginx, HAProxy, Traefik and Caddy; and
HAProxy and nginx as our adapters configure them, with what counts their requests, beside the same by hand.

Every proxy has one worker and keeps its connections to one upstream. A round puts the same load on each in turn,
in a shuffled order, so that a busy machine is busy for all. FULL=1 takes more and longer rounds.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

from msgspec import Struct

from benchmarks import envoys, haproxies, installed, nginxes, peers
from benchmarks.envoys import SETTINGS, USER
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from benchmarks.serving import CONNECTIONS, Load, Server, load
from shipway.errors import ShipwayError

NAME = "data_plane"
NGINX_RATIO_MAX = 3.6
BY_HAND_RATIO_MAX = 1.15
LANES = (haproxies, nginxes)
OURS = ("Envoy", *(lane.OURS for lane in LANES))
SEED = 40
NEW_USERS = "new users only"
"""Not a setting but another load on our own Envoy: nobody has the cookie yet."""
Measure = Callable[[], Load]
Loads = Mapping[str, Sequence[Load]]
Costs = Mapping[str, Sequence[float]]
"""By setting: CPU per request against our configuration's, one for each round."""


class Form(Struct, frozen=True, kw_only=True):
    """How much is measured."""

    peer_rounds: int
    peer_seconds: int
    setting_rounds: int
    setting_seconds: int


SHORT = Form(peer_rounds=9, peer_seconds=1, setting_rounds=2, setting_seconds=1)
LONG = Form(peer_rounds=15, peer_seconds=3, setting_rounds=9, setting_seconds=2)
SETTINGS_BETWEEN = 2
"""Our own configuration is measured anew after so many settings: what a setting costs is less than a busy
machine's moods, so it is compared with what was measured right before and after it."""


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; not measured is short, too."""
    form = LONG if is_full() else SHORT
    try:
        with tempfile.TemporaryDirectory(prefix="shipway-") as folder, ExitStack() as running:
            compared, costs = _measured(form, Path(folder), running)
    except ShipwayError as error:
        print(f"{error}\n{NAME}: not measured, target <= {NGINX_RATIO_MAX:g}x, short")
        return 1
    return publish(_report(compared, costs))


def _measured(form: Form, folder: Path, running: ExitStack) -> tuple[Loads, Costs]:
    programs = installed.programs()
    upstream = _started(peers.upstream(programs, folder), running)
    envoy = _started(asyncio.run(envoys.ours(folder, upstream.port)), running)

    def of(server: Server, seconds: int, *headers: str) -> Measure:
        return lambda: load(programs["wrk"], server, seconds=seconds, headers=headers)

    others = [_started(peer(programs, folder, upstream.port), running) for peer in peers.PEERS]
    others += [_started(server, running) for server in _lanes(programs, folder, upstream.port)]
    everyone = {server.name: of(server, form.peer_seconds, USER) for server in (envoy, *others)}
    compared = rounds({"direct": of(upstream, form.peer_seconds, USER), **everyone}, form.peer_rounds)
    for server in others:
        server.stop()
    seconds = form.setting_seconds
    variants = {NEW_USERS: of(envoy, seconds)}
    for number, setting in enumerate(SETTINGS):
        server = _started(envoys.changed(setting, of=folder, folder=folder / f"{number}"), running)
        variants[setting.name] = of(server, seconds, USER)
    return compared, costs(of(envoy, seconds, USER), variants, count=form.setting_rounds)


def _lanes(programs: Mapping[str, str], folder: Path, upstream: int) -> Iterator[Server]:
    """Proxies that people have already, as we run them and as they would."""
    yield haproxies.ours(folder, upstream)
    yield haproxies.by_hand(programs, folder, upstream)
    yield nginxes.ours(folder, upstream)
    yield nginxes.by_hand(programs, folder, upstream)


def _started(server: Server, running: ExitStack) -> Server:
    running.callback(server.stop)
    server.wait_until_ready()
    return server


def rounds(measures: Mapping[str, Measure], count: int) -> Loads:
    """Every measure once a round, each round in another order; a first round only warms up."""
    random = Random(SEED)
    found: dict[str, list[Load]] = {name: [] for name in measures}
    for _ in range(count + 1):
        for name in random.sample(list(measures), len(measures)):
            found[name].append(measures[name]())
    return {name: loads[1:] for name, loads in found.items()}


def costs(ours: Measure, settings: Mapping[str, Measure], *, count: int) -> Costs:
    """Every setting once a round, each round in another order; a first round only warms up."""
    random = Random(SEED)
    found: dict[str, list[float]] = {name: [] for name in settings}
    for _ in range(count + 1):
        before = ours().cpu_us
        for names in _groups(random.sample(list(settings), len(settings))):
            measured = [settings[name]().cpu_us for name in names]
            before, around = (after := ours().cpu_us), (before + after) / 2
            for name, cpu_us in zip(names, measured, strict=True):
                found[name].append(cpu_us / around)
    return {name: ratios[1:] for name, ratios in found.items()}


def _groups(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + SETTINGS_BETWEEN] for start in range(0, len(names), SETTINGS_BETWEEN))


def ratio(loads: Loads, name: str, *, to: str) -> float:
    """CPU per request of one to another: the median of the rounds' own ratios."""
    return median(one.cpu_us / other.cpu_us for one, other in zip(loads[name], loads[to], strict=True))


def _report(compared: Loads, costs: Costs) -> Report:
    names = [name for name in compared if name != "direct"]
    cpu = {name: median(each.cpu_us for each in compared[name]) for name in names}
    return Report(
        name=NAME,
        claim="Per proxied request, Envoy with the configuration that the guard and sticky users need takes "
        f"at most {NGINX_RATIO_MAX:g} times the CPU time of nginx, and less than Traefik and Caddy. A proxy that "
        f"people have takes at most {BY_HAND_RATIO_MAX:g} times what it takes when it is configured by hand.",
        figures=(
            Figure(
                value=ratio(compared, "Envoy", to="nginx"),
                target=NGINX_RATIO_MAX,
                unit="x",
                what="nginx",
                or_equal=True,
            ),
            *(
                Figure(value=ratio(compared, "Envoy", to=name), target=1.0, unit="x", what=name)
                for name in ("Traefik", "Caddy")
            ),
            *(
                Figure(
                    value=ratio(compared, lane.OURS, to=lane.BY_HAND),
                    target=BY_HAND_RATIO_MAX,
                    unit="x",
                    what=lane.BY_HAND,
                    or_equal=True,
                )
                for lane in LANES
            ),
        ),
        tables=(_peers(compared), _settings(costs, cpu["Envoy"])),
        picture=Picture(
            title="CPU time per proxied request",
            unit="us",
            bars=tuple(
                Bar(label=name, value=cpu[name], is_ours=name in OURS) for name in sorted(cpu, key=cpu.__getitem__)
            ),
            limit=NGINX_RATIO_MAX * cpu["nginx"],
        ),
        notes=(
            f"Load: wrk, one thread, {CONNECTIONS} keep-alive connections, as fast as they are answered. "
            "Upstream: nginx that returns 200 by itself. All share this machine's cores, so throughput and "
            "latency understate every proxy; CPU time per request, from the process's own accounting, is what to "
            "compare. Figures are medians over the rounds, ratios the medians of the rounds' own ratios.",
            "The machine should be idle: what else runs on it takes the caches away, which costs a large program "
            "more than a small one. `least` is the round with the least disturbance.",
            "Envoy serves a canary at 50% with users kept on their version by a cookie, as the adapter writes it. "
            "The peers forward to one upstream and do nothing else: no split, no cookie, no counts by version.",
            f"`{haproxies.OURS}` and `{nginxes.OURS}` serve the same canary, and their CPU time has that of the "
            "program that counts their requests in it. By hand, each divides users in halves, keeps them by a "
            f"cookie and logs requests to a file; `{haproxies.BY_HAND}` checks and names its servers, too.",
        ),
    )


def _peers(loads: Loads) -> Table:
    columns = ("path", "CPU per request", "least", "to nginx", "requests/s", "to direct", "p50", "p99")
    return Table(title="Beside other proxies", columns=columns, rows=tuple(_peer(loads, name) for name in loads))


def _peer(loads: Loads, name: str) -> tuple[str, ...]:
    found, direct = loads[name], median(each.pace for each in loads["direct"])
    pace = median(each.pace for each in found)
    is_direct = name == "direct"
    return (
        name,
        "-" if is_direct else f"{median(each.cpu_us for each in found):.1f} us",
        "-" if is_direct else f"{min(each.cpu_us for each in found):.1f} us",
        "-" if is_direct else f"{ratio(loads, name, to='nginx'):.2f}x",
        f"{pace:,.0f}",
        f"{pace / direct:.2f}",
        f"{median(each.p50_ms for each in found):.2f} ms",
        f"{median(each.p99_ms for each in found):.1f} ms",
    )


def _settings(costs: Costs, ours_us: float) -> Table:
    described = {NEW_USERS: "the cookie: each request is given one"}
    described.update({setting.name: setting.without for setting in SETTINGS})
    rows = [("our configuration", f"{ours_us:.1f} us", "", "")]
    for name, without in described.items():
        found = median(costs[name])
        rows.append((name, f"{ours_us * found:.1f} us", f"{found - 1:+.0%}", without))
    return Table(
        title="What each setting costs",
        columns=("one thing changed", "CPU per request", "change", "what it would take away"),
        rows=tuple(rows),
        note="Rounds are short: differences of a few per cent are within the noise, more on a busy machine.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
