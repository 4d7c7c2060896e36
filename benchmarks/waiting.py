"""Ten thousand waiting runs: the journals that a controller finds, and the ports that it looks at.

One canary is played in the simulator up to its first stage; its journal is written for every service, and what
the simulated ports report there is what every service's ports report here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from shipway.adapters.stores.journal import SqlJournal
from shipway.adapters.stores.lanes import Work
from shipway.adapters.stores.revisions import SqlRevisions
from shipway.adapters.stores.schema import BUSY_SECONDS
from shipway.adapters.stores.sqlite import open_store
from shipway.adapters.stores.sqlite_lanes import engine
from shipway.engine import guard
from shipway.engine.fold import fold
from shipway.engine.ports import Ports
from shipway.engine.state import ServiceState
from shipway.errors import Refused
from shipway.model.command import Deploy
from shipway.model.event import Event, RunStarted
from shipway.model.fleet import Fleet
from shipway.model.log import LogLine, LogQuery
from shipway.model.policy import Guard
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.sample import Counts, Sample
from shipway.model.share import from_percent
from shipway.ports.clock import Clock
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Simulation

SCRAPE_SECONDS = 100.0
"""Between two looks at one service: of ten thousand, a hundred have a new one in any second."""
TAKE_OVER_SECONDS = 45.0
"""No look is due before that: first a controller has to take the services over."""
WAIT_SECONDS = 24 * 3600.0
"""How long the stage is kept: longer than anybody measures."""
STABLE, CANDIDATE = RevisionId("1.8.2-a1b2c3d4"), RevisionId("1.9.0-7f3a91c2")
BOUNDS_SECONDS = tuple(0.001 * 1.25**step for step in range(48))
"""As many buckets as the real source has."""
SEEN_AT = 120.0
REQUESTS_PER_SECOND = 50
T = TypeVar("T")


class Seen(Struct, frozen=True, kw_only=True):
    """A service at its stage: what its journal holds, what its ports report."""

    revisions: tuple[Revision, ...]
    release: Release
    events: tuple[Event, ...]
    fleet: Fleet
    routing: Routing


def seen() -> Seen:
    """Two minutes after the beginning of a canary at 5%."""
    revisions = tuple(_revision(id) for id in (STABLE, CANDIDATE))
    releases = tuple(_release(id) for id in (STABLE, CANDIDATE))
    asked = tuple(
        Asked(at=at, command=Deploy(release=each)) for at, each in zip((1.0, 30.0), releases, strict=True)
    )
    simulation = Simulation(Scenario(revisions=revisions, asked=asked, horizon=SEEN_AT))
    outcome = simulation.play()
    run = outcome.state.run
    assert run is not None and run.settled_at is not None and run.row == 1, outcome.state
    fleet, routing = asyncio.run(_look(simulation))
    events = tuple(entry.event for entry in outcome.entries)
    return Seen(revisions=revisions, release=releases[-1], events=events, fleet=fleet, routing=routing)


async def _look(simulation: Simulation) -> tuple[Fleet, Routing]:
    return await simulation.platform.observe(), await simulation.traffic.observe()


def _revision(id: RevisionId) -> Revision:
    command = {
        "command": ".venvs/{version}/bin/checkout --port {port}",
        "replicas": 4,
        "env": {"LOG_LEVEL": "info"},
    }
    return Revision(id=id, service="checkout", version=id.partition("-")[0], platform=command)


def _release(revision: RevisionId) -> Release:
    return Release(
        service="checkout",
        revision=revision,
        strategy="canary",
        replicas=4,
        canary=Canary(shares=tuple(from_percent(share) for share in (5, 25, 50, 75, 100)), bake=WAIT_SECONDS),
        guard=Guard(interval=SCRAPE_SECONDS),
    )


class Batch:
    """Lanes that put everything into one transaction: ten thousand services in seconds."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def read(self, work: Work[T]) -> T:
        """See `lanes.Lanes`; so the others."""
        return work(self.connection)

    async def write(self, work: Work[T]) -> T:
        """Stored when the batch is."""
        return work(self.connection)

    async def write_lightly(self, work: Work[T]) -> T:
        """Stored when the batch is."""
        return work(self.connection)


async def write(path: Path, seen: Seen, names: Sequence[str]) -> None:
    """A store with these services, as a controller that ended would have left it."""
    open_store(path).close()
    writer = engine(path, synchronous="NORMAL", busy_seconds=BUSY_SECONDS)
    with writer.begin() as connection:
        journal, revisions = SqlJournal(Batch(connection)), SqlRevisions(Batch(connection))
        runs = {name: await _write(journal, revisions, seen, name) for name in names}
        due = time.time() + TAKE_OVER_SECONDS
        for place, (name, run) in enumerate(runs.items()):
            looked_at = due + SCRAPE_SECONDS * (place / len(names) - 1)
            evidence = guard.Evidence(run=run, at=looked_at)
            await journal.keep(name, guard.CHECKPOINT, guard.dump(evidence))
    writer.dispose()


async def _write(journal: SqlJournal, revisions: SqlRevisions, seen: Seen, name: str) -> int:
    """One service's journal; the number of its run."""
    for revision in seen.revisions:
        await revisions.put(replace(revision, service=name), msgspec.json.encode(seen.release))
    events = [_named(event, name) for event in seen.events]
    entries = await journal.append(name, events, length=0, token=0)
    run = fold(ServiceState(service=name), entries).run
    assert run is not None
    return run.id


def _named(event: Event, name: str) -> Event:
    return replace(event, plan=replace(event.plan, service=name)) if isinstance(event, RunStarted) else event


class StillPlatform:
    """A `Platform` on which nothing changes: a waiting run asks for nothing."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self.fleet, self.clock = fleet, clock

    async def observe(self) -> Fleet:
        """As it was."""
        return replace(self.fleet, at=self.clock.now())

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked for a preparation.")

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked for replicas.")

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked to drain replicas.")

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked to stop replicas.")

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked to forget revisions.")

    def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Not on a waiting run."""
        raise Refused("A waiting run asked for output.")


class StillTraffic:
    """A `Traffic` on which nothing changes."""

    def __init__(self, routing: Routing, clock: Clock) -> None:
        self.routing, self.clock = routing, clock

    async def observe(self) -> Routing:
        """As it was."""
        return replace(self.routing, at=self.clock.now())

    async def route(self, route: Route, *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked for another route.")

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Not on a waiting run."""
        raise Refused("A waiting run asked for other endpoints.")

    async def tend(self) -> None:
        """Nothing is renewed."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Nothing drains."""
        return {}


class SteadyMetrics:
    """A `MetricSource` with constant traffic, of which one request in a thousand fails."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.since, self.samples = clock, clock.now(), 0

    async def check(self) -> str:
        """Always there."""
        return "constant traffic"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """Counts that grow with time."""
        self.samples += 1
        now = self.clock.now()
        return {name: self._sample(name, now) for name in revisions}

    def _sample(self, revision: RevisionId, now: float) -> Sample:
        share = 0.05 if revision == CANDIDATE else 0.95
        requests = int((now - self.since) * REQUESTS_PER_SECOND * share)
        buckets = tuple(requests * (place + 1) // len(BOUNDS_SECONDS) for place in range(len(BOUNDS_SECONDS)))
        counts = Counts(
            requests=requests,
            errors=requests // 1000,
            latency_sum_seconds=requests * 0.05,
            buckets=buckets,
            timed=requests,
        )
        return Sample(revision=revision, at=now, series={"proxy": counts}, bounds_seconds=BOUNDS_SECONDS)


def ports(seen: Seen, clock: Clock) -> Ports:
    """One service's own; nothing in them is shared with another's, as nothing would be."""
    fleet = msgspec.json.decode(msgspec.json.encode(seen.fleet), type=Fleet)
    routing = msgspec.json.decode(msgspec.json.encode(seen.routing), type=Routing)
    return Ports(StillPlatform(fleet, clock), StillTraffic(routing, clock), SteadyMetrics(clock))
