"""Carries requests to replicas: a proxy, a mesh, a load balancer."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing


class Traffic(Protocol):
    """One service's way in. Keys: `route` and `endpoints`."""

    async def observe(self) -> Routing:
        """What the data plane confirmed, over all its proxies; never what was asked for. Raises `PortError`."""
        ...

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way. A revision without endpoints may be named. Raises `StaleGeneration`."""
        ...

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Replace the whole list of replicas. A draining one gets no new request and keeps those it has."""
        ...

    async def tend(self) -> None:
        """Take up what changes outside of releases, such as a renewed certificate. Repeating it is harmless, and
        so is an owner too many: it changes nothing that was asked for."""
        ...

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Requests not yet answered, by address, summed over proxies; an address that is unknown is left out."""
        ...
