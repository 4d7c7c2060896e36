"""One look at the four dimensions. A port that does not answer leaves its dimension empty, and says why."""

from collections.abc import Awaitable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from shipway.engine import contracting
from shipway.engine.ports import Ports
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.fleet import Fleet
from shipway.model.observed import Observed, SchemaState
from shipway.model.routing import Routing
from shipway.ports.database import Database
from shipway.ports.traffic import Traffic

Seen = TypeVar("Seen")


async def observe(ports: Ports, run: Run | None, *, now: float) -> Observed:
    """What is seen now, after the data plane was tended.

    Never raises for a port that is out of reach: nothing is decided on what is not seen.
    """
    unreachable: dict[str, str] = {}
    if ports.traffic:
        await _try("traffic", ports.traffic.tend(), unreachable)
    fleet = await _try("platform", ports.platform.observe(), unreachable)
    routing = await _try("traffic", ports.traffic.observe(), unreachable) if ports.traffic else None
    exposure = await _try("flags", ports.flags.observe(), unreachable) if ports.flags else None
    schema, needed_by = await _schema(ports.database, run, unreachable)
    jobs = await _try("jobs", ports.jobs.observe(), unreachable) if ports.jobs else None
    if fleet and routing and ports.traffic:
        routing = await _try("traffic", _with_in_flight(ports.traffic, fleet, routing), unreachable)
    return Observed(
        at=now,
        fleet=fleet,
        routing=routing,
        exposure=exposure,
        schema=schema,
        needed_by=needed_by,
        jobs=jobs,
        unreachable=unreachable,
    )


async def _schema(
    database: Database | None, run: Run | None, unreachable: dict[str, str]
) -> tuple[SchemaState | None, Mapping[str, tuple[str, ...]]]:
    """Asked only while a run that moves it goes forward: a take-back waits for no database."""
    if database is None:
        return None, {}
    if run is None or not contracting.moves(run):
        database.rest()
        return None, {}
    needed_by = {}
    for change in contracting.waiting(run):
        found = await _try("database", database.usage(change), unreachable)
        if found is not None:
            needed_by[change] = found
    return await _try("database", database.observe(), unreachable), needed_by


async def _try(name: str, asked: Awaitable[Seen], unreachable: dict[str, str]) -> Seen | None:
    try:
        return await asked
    except PortError as error:
        unreachable[name] = error.what
        return None


async def _with_in_flight(traffic: Traffic, fleet: Fleet, routing: Routing) -> Routing:
    """Requests in flight matter only where a replica drains."""
    draining = tuple(replica.address for replica in fleet.replicas if replica.draining_since is not None)
    if not draining:
        return routing
    return replace(routing, in_flight=await traffic.in_flight(draining))
