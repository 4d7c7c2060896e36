"""What a resting service costs: the real tick over ports that answer from memory, with and without recording."""

import asyncio
import time

import msgspec
from msgspec import Struct

from benchmarks.report import Table
from benchmarks.waiting import STABLE, StillPlatform, StillTraffic
from shipway.engine.ports import Ports
from shipway.engine.resting import BIN_SECONDS, WINDOWS_MAX, key_of
from shipway.engine.tick import Service, tick
from shipway.engine.wake import REST_SECONDS
from shipway.model.command import Deploy
from shipway.model.release import Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.sample import Counts, Sample
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Simulation

TICKS, REPLICAS = 20_000, 4
SETTLED_SECONDS = 3600.0
REQUESTS_PER_BIN, ERRORS_PER_BIN = 125, 1


class Rest(Struct, frozen=True, kw_only=True):
    """Of one service."""

    tick_seconds: float
    recorded_seconds: float
    """With its recording."""
    under_way_bytes: int
    window_bytes: int


class Counting:
    """`ReplicaCounts` with constant traffic."""

    def __init__(self) -> None:
        self.asked = 0

    async def by_replica(self, revision: RevisionId) -> Sample:
        """A bin more each time."""
        self.asked += 1
        counts = Counts(requests=self.asked * REQUESTS_PER_BIN, errors=self.asked * ERRORS_PER_BIN)
        series = {f"127.0.0.1:{port}": counts for port in range(8001, 8001 + REPLICAS)}
        return Sample(revision=revision, at=0.0, series=series)


def measured() -> Rest:
    """One service that has rested for an hour, looked at as often as one is."""
    simulation = _rested()
    [pilot] = simulation.pilots
    service = pilot.service
    assert service is not None and service.state.run is None
    plain = asyncio.run(_ticked(service, simulation, is_recorded=False))
    recorded = asyncio.run(_ticked(service, simulation, is_recorded=True))
    kept = simulation.journal.checkpoints[key_of(service.name)]
    assert service.window is not None
    return Rest(
        tick_seconds=plain,
        recorded_seconds=recorded,
        under_way_bytes=len(msgspec.json.encode(service.window)),
        window_bytes=max(map(len, kept.values())),
    )


def _rested() -> Simulation:
    release = Release(service="checkout", revision=STABLE, strategy="canary", replicas=REPLICAS)
    revision = Revision(id=STABLE, service="checkout", version="1.8.2", platform={})
    asked = (Asked(at=1.0, command=Deploy(release=release)),)
    scenario = Scenario(revisions=(revision,), asked=asked, horizon=SETTLED_SECONDS, until_end=False)
    simulation = Simulation(scenario)
    simulation.play()
    return simulation


async def _ticked(service: Service, simulation: Simulation, *, is_recorded: bool) -> float:
    """Processor seconds of one tick, in the mean."""
    fleet, routing = await simulation.platform.observe(), await simulation.traffic.observe()
    clock = simulation.timeline
    counts = Counting() if is_recorded else None
    service.ports = Ports(StillPlatform(fleet, clock), StillTraffic(routing, clock), replica_counts=counts)
    now, used = clock.now(), time.process_time()
    for _ in range(TICKS):
        now += max(REST_SECONDS, BIN_SECONDS)
        await tick(service, [], now=now)
    return (time.process_time() - used) / TICKS


def table(found: Rest, services: int) -> Table:
    """For so many services."""
    per_second = services / REST_SECONDS
    rows = (
        ("CPU cores", *(f"{per_second * each:.4f}" for each in (found.tick_seconds, found.recorded_seconds))),
        ("a tick, microseconds", *(f"{1e6 * each:.1f}" for each in (found.tick_seconds, found.recorded_seconds))),
        ("in memory of each service, bytes", "0", f"{found.under_way_bytes:,}"),
        ("in the store, bytes a window", "0", f"{found.window_bytes:,}"),
        ("in the store, windows of each service at most", "0", f"{WINDOWS_MAX}"),
    )
    return Table(
        title=f"{services:,} services at rest",
        columns=("", "not recorded", "recorded"),
        rows=rows,
        note=f"The engine's own cost, a look every {REST_SECONDS:.0f} s: {REPLICAS} replicas with "
        f"{REQUESTS_PER_BIN} requests each in that time. A service without traffic writes nothing.",
    )
