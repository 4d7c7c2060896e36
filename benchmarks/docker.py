"""Requests lost in 10 deploys by each strategy, on each platform of containers, behind each proxy.

A real Docker Engine of its own, which is a Swarm of one node too, in a network namespace of its own. Users ask
all the time on keep-alive connections. A request is lost when the shop's answer did not reach its user
whole. Beside it, under the same load, what people do without Shipway: containers that a script swaps, and a
Swarm's own `service update`, stop-first and start-first, behind a proxy that a watcher feeds with its tasks.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct

from benchmarks.asking import Asking
from benchmarks.docker_native import NativeService
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, publish
from shipway.demo.load import Counts
from tests.acceptance.stand import Stand

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from platforms.docker import image  # noqa: E402
from platforms.docker import shop as contained  # noqa: E402
from platforms.docker.docker_stand import APP_IMAGE  # noqa: E402
from platforms.docker.engine import Engine, running  # noqa: E402
from platforms.docker.network import own_network  # noqa: E402
from platforms.swarm import shop as swarmed  # noqa: E402
from platforms.swarm.swarm_stand import begin_swarm  # noqa: E402

PLATFORMS = {"docker": contained.shop, "swarm": swarmed.shop}
PROXIES = ("envoy", "haproxy", "nginx")
STRATEGIES = ("rolling", "blue-green", "canary")
DEPLOYS = 10
RATE, CONNECTIONS = 100.0, 8
CONTROL_SWAPS = 5
WISH: dict[str, Any] = {
    "canary": {"stages": ["50%", "100%"], "bake": "1s"},
    "rollback": {"window": "0s"},
    "deadline": "5m",
}
"""A busy machine starts replicas late, and is no reason to go back here."""


class Cell(Struct, frozen=True):
    """What one strategy did on one platform behind one proxy; or what was done instead."""

    name: tuple[str, str, str]
    seconds: tuple[float, ...]
    """Of each deploy."""
    counts: Counts


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; 1 when a request was lost, or when no control lost any: then a zero proves nothing."""
    folder = Path(tempfile.mkdtemp(prefix="swb-"))
    files = Path(tempfile.mkdtemp(prefix="shipway-bench-"))
    try:
        archive = image.archive()
        with own_network(), running(folder) as engine:
            engine.load(archive, APP_IMAGE, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000")
            begin_swarm(engine)
            cells, controls = asyncio.run(measured(engine, files))
            engine.ask("swarm", "leave", "--force")
    finally:
        shutil.rmtree(files, ignore_errors=True)
    if not any(control.counts.lost_total for control in controls):
        print("docker: no control lost anything, so a zero proves nothing, target 0, short")
        return 1
    return publish(report(cells, controls))


async def measured(engine: Engine, folder: Path) -> tuple[list[Cell], list[Cell]]:
    """Every cell, then the controls."""
    cells = [
        await deployed(engine, folder, platform, proxy, strategy)
        for platform in PLATFORMS
        for proxy in PROXIES
        for strategy in STRATEGIES
    ]
    controls = [await swapped(engine, folder)]
    for order in ("stop-first", "start-first"):
        controls.append(await updated(engine, folder, order))
    return cells, controls


async def deployed(engine: Engine, folder: Path, platform: str, proxy: str, strategy: str) -> Cell:
    """Good releases, one after the other."""
    async with stand_of(engine, folder, platform, proxy) as stand:
        await stand.ship_first("1.0.0")
        asking = Asking(stand.port, rate=RATE, connections=CONNECTIONS)
        await asking.start()
        seconds = []
        for number in range(DEPLOYS):
            began = time.monotonic()
            past = await stand.deploy(f"2.{number}.0", strategy=strategy)
            assert past.outcome == "finished", past
            seconds.append(time.monotonic() - began)
        return _told(Cell((platform, proxy, strategy), tuple(seconds), await asking.stop()))


@asynccontextmanager
async def stand_of(engine: Engine, folder: Path, platform: str, proxy: str) -> AsyncIterator[Stand]:
    """Whose requests come through that proxy."""
    mine = Path(tempfile.mkdtemp(dir=folder))
    async with PLATFORMS[platform](engine, mine, controlled=False, **WISH) as stand:
        stand.wish["traffic"] = {proxy: {"listen": f"127.0.0.1:{stand.port}"}}
        stand.control()
        yield stand


async def swapped(engine: Engine, folder: Path) -> Cell:
    """A script removes each container and starts it again, and knows nothing of requests."""
    async with stand_of(engine, folder, "docker", "envoy") as stand:
        await stand.ship_first("1.0.0")
        asking = Asking(stand.port, rate=RATE, connections=CONNECTIONS)
        await asking.start()
        seconds = []
        for _ in range(CONTROL_SWAPS):
            began = time.monotonic()
            for name in engine.named(stand.service):
                await asyncio.to_thread(engine.ask, "restart", "--time", "1", name)
            seconds.append(time.monotonic() - began)
            await stand.eventually(stand.is_whole, "the replicas are back")
        return _told(Cell(("docker", "envoy", "a script swaps containers"), tuple(seconds), await asking.stop()))


async def updated(engine: Engine, folder: Path, order: str) -> Cell:
    """The Swarm's own update of a service."""
    native = NativeService(engine, Path(tempfile.mkdtemp(dir=folder)), order)
    async with native.serving() as port:
        asking = Asking(port, rate=RATE, connections=CONNECTIONS)
        await asking.start()
        seconds = [await native.update() for _ in range(CONTROL_SWAPS)]
        return _told(Cell(("swarm", "envoy", f"service update, {order}"), tuple(seconds), await asking.stop()))


def _told(cell: Cell) -> Cell:
    lost, sent = cell.counts.lost_total, cell.counts.sent
    print(f"{', '.join(cell.name)}: {lost} of {sent:,} lost, {median(cell.seconds):.1f} s a deploy", flush=True)
    return cell


def report(cells: Sequence[Cell], controls: Sequence[Cell]) -> Report:
    """For people."""
    lost, sent = sum(cell.counts.lost_total for cell in cells), sum(cell.counts.sent for cell in cells)
    what = f"requests lost of {sent:,} in {DEPLOYS * len(cells)} deploys"
    bars = [Bar(label="Shipway", value=100_000 * lost / sent, is_ours=True)]
    bars += [
        Bar(label=cell.name[2], value=100_000 * cell.counts.lost_total / cell.counts.sent) for cell in controls
    ]
    return Report(
        name="docker",
        claim=(
            f"{DEPLOYS} deploys by each strategy, on Docker and on a Swarm, behind Envoy, HAProxy and nginx, lose "
            "no request. What people do without Shipway, under the same load, is below."
        ),
        figures=(Figure(value=lost, target=0, what=what, or_equal=True),),
        tables=(_table("Requests lost", cells), _table("Without Shipway", controls)),
        picture=Picture(title="Requests lost of 100,000", unit="", bars=tuple(bars)),
        notes=(
            f"Users on {CONNECTIONS} keep-alive connections sent {RATE:.0f} requests/s. Two replicas, "
            "a real Docker Engine, a Swarm of one node. The Swarm's own service has the same image, two tasks, "
            "a HEALTHCHECK and a delay of 2 s; a watcher looks once a second which tasks run, and tells "
            "Envoy, whose health checks are those of the release.",
        ),
    )


def _table(title: str, cells: Sequence[Cell]) -> Table:
    rows = tuple(
        (
            *cell.name,
            str(len(cell.seconds)),
            f"{median(cell.seconds):.1f} s",
            f"{cell.counts.sent:,}",
            str(cell.counts.lost_total),
        )
        for cell in cells
    )
    columns = ("platform", "proxy", "by", "deploys", "median", "requests", "lost")
    return Table(title=title, columns=columns, rows=rows, note=_losses(cells))


def _losses(cells: Sequence[Cell]) -> str:
    found: dict[str, int] = {}
    for cell in cells:
        for what, number in cell.counts.lost.items():
            found[what] = found.get(what, 0) + number
    return "; ".join(f"{number} x {what}" for what, number in found.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
