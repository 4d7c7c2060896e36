"""What ten thousand waiting runs cost one controller: CPU and memory, with the real store on disk.

The real controller, SQLite store, clock, guard and published views; the ports are simulated and answer from
memory, so that the cost is the controller's own. It runs in a process of its own. FULL=1 watches for longer.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from benchmarks import resting, waiting
from benchmarks.picture import Bar, Picture
from benchmarks.reference import NOMINAL_SECONDS, reference_seconds
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.app import Shipway
from shipway.engine.controller import Controller
from shipway.engine.ports import Ports
from shipway.engine.tick import Service
from shipway.home import Home

NAME = "controller_scale"
SERVICES = 10_000
CORES_MAX, MEGABYTES_MAX = 0.25, 500.0
WATCH_SECONDS, FULL_WATCH_SECONDS = waiting.SCRAPE_SECONDS, 3 * waiting.SCRAPE_SECONDS
"""Whole periods, so that every service is looked at equally often, however their looks cluster."""
BARE_SECONDS = 10.0
TAKE_OVER_SECONDS_MAX = 240.0
ABANDON_SECONDS = 0.1
MEGA = 1e6
REFERENCES = 5


class Cost(Struct, frozen=True, kw_only=True):
    """What a process used while it was watched."""

    cores: float
    """CPU seconds per second."""
    megabytes: float
    """Resident at the end."""
    owned: int = 0
    """Services that the controller had taken over; fewer than all means that it never settled."""
    ticks: int = 0
    samples: int = 0
    take_over_seconds: float = 0.0
    take_over_cpu_seconds: float = 0.0
    reference: float = 0.0
    """Seconds of the reference operation, while nothing else ran in the process."""


class Watched:
    """A controller over a written store, and what it does."""

    def __init__(self, home: Path, names: int, *, seen: waiting.Seen) -> None:
        self.app = Shipway(Home(home))
        self.seen = seen
        self.names, self.ticks = names, 0
        self.ticked: set[str] = set()
        self.settled = asyncio.Event()
        self.metrics: list[waiting.SteadyMetrics] = []
        self.controller = Controller("bench", self.app.store, self._assemble, on_tick=self._on_tick)

    async def _assemble(self, service: str) -> Ports:
        made = waiting.ports(self.seen, self.app.clock)
        assert isinstance(made.metrics, waiting.SteadyMetrics)
        self.metrics.append(made.metrics)
        return made

    async def _on_tick(self, service: Service) -> None:
        assert service.state.run is not None and not service.state.failures, service.state
        self.ticks += 1
        self.ticked.add(service.name)
        if len(self.ticked) == self.names:
            self.settled.set()
        await self.app.publish(service)

    @property
    def samples(self) -> int:
        """Scrapes so far."""
        return sum(metrics.samples for metrics in self.metrics)

    async def measured(self, seconds: float) -> Cost:
        """Let it take everything over, wait until looks are due, and watch."""
        began, used = time.monotonic(), time.process_time()
        running = asyncio.create_task(self.controller.run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.settled.wait(), TAKE_OVER_SECONDS_MAX)
        took, took_cpu = time.monotonic() - began, time.process_time() - used
        await asyncio.sleep(max(0.0, waiting.TAKE_OVER_SECONDS - took))
        found = await self._watched(seconds)
        await _abandon(running)
        return msgspec.structs.replace(found, take_over_seconds=took, take_over_cpu_seconds=took_cpu)

    async def _watched(self, seconds: float) -> Cost:
        ticks, samples = self.ticks, self.samples
        began, used = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        cores = (time.process_time() - used) / (time.monotonic() - began)
        return Cost(
            cores=cores,
            megabytes=resident(),
            owned=len(self.controller.services),
            ticks=self.ticks - ticks,
            samples=self.samples - samples,
        )


async def _abandon(running: asyncio.Task[None]) -> None:
    """The first time it begins to give its leases back; that is not measured, and takes long."""
    while not running.done():
        running.cancel()
        await asyncio.wait((running,), timeout=ABANDON_SECONDS)
    if not running.cancelled():
        running.result()


def resident() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_info().rss / MEGA)


async def bare(timers: int, *, seconds: float) -> Cost:
    """The reference: as many timers in a bare loop, each due once in `SCRAPE_SECONDS`."""
    loop = asyncio.get_running_loop()

    def ring() -> None:
        loop.call_later(waiting.SCRAPE_SECONDS, ring)

    for number in range(timers):
        loop.call_later(waiting.SCRAPE_SECONDS * number / timers, ring)
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    return Cost(cores=(time.process_time() - used) / (time.monotonic() - began), megabytes=resident())


def main(argv: Sequence[str] = ()) -> int:
    """Without arguments: measure both in processes of their own, and publish."""
    if argv:
        return _part(*argv)
    seconds = FULL_WATCH_SECONDS if is_full() else WATCH_SECONDS
    with tempfile.TemporaryDirectory(prefix="shipway-") as folder:
        home = Path(folder)
        names = [f"service-{number:05}" for number in range(SERVICES)]
        asyncio.run(waiting.write(Home(home).store, waiting.seen(), names))
        found = _measured("controller", str(home), str(SERVICES), str(seconds))
    timers = _measured("bare", str(SERVICES), str(BARE_SECONDS))
    return publish(_report(found, timers, resting.measured()))


def _part(part: str, *words: str) -> int:
    """What runs in a process of its own; its answer is one line of JSON."""
    reference = min(reference_seconds() for _ in range(REFERENCES))
    if part == "bare":
        cost = asyncio.run(bare(int(words[0]), seconds=float(words[1])))
    else:
        watched = Watched(Path(words[0]), int(words[1]), seen=waiting.seen())
        cost = asyncio.run(watched.measured(float(words[2])))
    print(msgspec.json.encode(msgspec.structs.replace(cost, reference=reference)).decode())
    return 0


def _measured(*words: str) -> Cost:
    command = [sys.executable, "-m", f"benchmarks.{NAME}", *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Cost)


def nominal(cost: Cost) -> float:
    """The cores that it would take where the reference operation takes `NOMINAL_SECONDS`."""
    return cost.cores * NOMINAL_SECONDS / cost.reference


def _report(found: Cost, timers: Cost, rest: resting.Rest) -> Report:
    settled = found.owned == SERVICES
    return Report(
        name=NAME,
        claim=f"One controller holds {SERVICES:,} waiting runs, 100 of them with a new scrape in any second, with "
        f"less than a quarter of a core and {MEGABYTES_MAX:.0f} MB.",
        figures=(
            Figure(value=nominal(found), target=CORES_MAX, unit="core"),
            Figure(value=found.megabytes, target=MEGABYTES_MAX, unit="MB"),
            Figure(value=float(SERVICES - found.owned), target=0.0, or_equal=True, what="runs not owned"),
        ),
        tables=(_table(found, timers), resting.table(rest, SERVICES)),
        picture=Picture(
            title=f"Cores for {SERVICES:,} waiting runs, at nominal speed",
            unit="core",
            bars=(
                Bar(label="controller", value=nominal(found), is_ours=True),
                Bar(label=f"{SERVICES:,} bare timers", value=nominal(timers)),
            ),
            limit=CORES_MAX,
        ),
        notes=(
            "Real: the controller, the guard, the SQLite store on disk, leases, checkpoints, the published view. "
            "Simulated: platform, data plane and metrics, which answer from memory, so that the cost is the "
            "controller's own. Every service is at the first stage of a canary and is looked at every "
            f"{waiting.SCRAPE_SECONDS:.0f} s.",
            "Cores are CPU seconds of all threads per second, watched after the controller had taken all services "
            f"over{'' if settled else ' (it did not within its time)'}. They are judged as a ratio to the "
            "reference operation (a fixed document to JSON and back), which at nominal speed takes "
            f"{NOMINAL_SECONDS * 1000:.0f} ms. The other reference is a bare asyncio loop with as many timers.",
        ),
    )


def _table(found: Cost, timers: Cost) -> Table:
    rows = (
        ("CPU cores", f"{found.cores:.3f}", f"{timers.cores:.4f}"),
        ("CPU cores at nominal speed", f"{nominal(found):.3f}", f"{nominal(timers):.4f}"),
        ("resident memory, MB", f"{found.megabytes:.0f}", f"{timers.megabytes:.0f}"),
        ("reference operation, ms", f"{found.reference * 1000:.1f}", f"{timers.reference * 1000:.1f}"),
        ("services owned", f"{found.owned:,}", "-"),
        ("ticks while watched", f"{found.ticks:,}", "-"),
        ("scrapes while watched", f"{found.samples:,}", "-"),
        ("taking all over, s", f"{found.take_over_seconds:.1f}", "-"),
        ("taking all over, CPU s", f"{found.take_over_cpu_seconds:.1f}", "-"),
    )
    return Table(title=f"{SERVICES:,} waiting runs", columns=("", "controller", "bare timers"), rows=rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
