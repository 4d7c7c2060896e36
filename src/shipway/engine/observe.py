"""One look at the four dimensions. A port that does not answer leaves its dimension empty, and says why."""

from collections.abc import Awaitable
from typing import TypeVar

from msgspec.structs import replace

from shipway.engine.ports import Ports
from shipway.errors import PortError
from shipway.model.fleet import Fleet
from shipway.model.observed import Observed
from shipway.model.routing import Routing
from shipway.ports.traffic import Traffic

Seen = TypeVar("Seen")


async def observe(ports: Ports, *, now: float) -> Observed:
    """What is seen now, after the data plane was tended.

    Never raises for a port that is out of reach: nothing is decided on what is not seen.
    """
    unreachable: dict[str, str] = {}
    if ports.traffic:
        await _try("traffic", ports.traffic.tend(), unreachable)
    fleet = await _try("platform", ports.platform.observe(), unreachable)
    routing = await _try("traffic", ports.traffic.observe(), unreachable) if ports.traffic else None
    exposure = await _try("flags", ports.flags.observe(), unreachable) if ports.flags else None
    schema = await _try("database", ports.database.observe(), unreachable) if ports.database else None
    jobs = await _try("jobs", ports.jobs.observe(), unreachable) if ports.jobs else None
    if fleet and routing and ports.traffic:
        routing = await _try("traffic", _with_in_flight(ports.traffic, fleet, routing), unreachable)
    return Observed(
        at=now,
        fleet=fleet,
        routing=routing,
        exposure=exposure,
        schema=schema,
        jobs=jobs,
        unreachable=unreachable,
    )


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
