"""The `Traffic` port over a Service that stays as it is: its selector has all versions' pods, and follows them.

Where the user's own workload is updated in place nothing divides requests but the number of pods. So a route is in
force as soon as it is asked for; a pod carries requests once EndpointSlices have it.
"""

import asyncio
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, ENDPOINT_SLICE, SERVICE
from shipway.adapters.traffic._asked import published
from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.comparing import writer
from shipway.adapters.traffic._kubernetes.publishing import Publishing
from shipway.adapters.traffic._kubernetes.wishes import Wish, asked
from shipway.adapters.traffic.service import services
from shipway.adapters.traffic.service.options import ServiceOptions
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Object = dict[str, Any]


class KeptService:
    """One service. Nothing is ever written into the user's Service."""

    def __init__(self, options: ServiceOptions, *, service: str, cluster: Cluster, clock: Clock) -> None:
        self.options, self.cluster, self.clock = options, cluster, clock
        pods = Publishing(cluster, service)
        self._wishes, self._members = pods.wishes, pods.members

    async def observe(self) -> Routing:
        """What was asked for; a ready pod that EndpointSlices do not have yet is not well."""
        at = self.clock.now()
        wish = await self._wishes.read()
        if wish is None:
            return Routing(at=at)
        service, slices, found = await asyncio.gather(
            self.cluster.read(SERVICE, self.options.name),
            self.cluster.list(ENDPOINT_SLICE, f"kubernetes.io/service-name={self.options.name}"),
            self._members.found(),
        )
        served = backends.served(slices)
        return Routing(
            at=at,
            lowest=wish.route.shares,
            highest=wish.route.shares,
            confirmed=wish.route if wish.route_generation else None,
            generation=wish.route_generation,
            unhealthy=tuple(sorted(one.address for one in found if one.name not in served and one.is_ready)),
            foreign=tuple(self._foreign(service, wish)),
        )

    def _foreign(self, service: Object | None, wish: Wish) -> Iterator[str]:
        if service is None:
            yield f"somebody deleted Service {self.options.name}"
        elif service["spec"].get("selector") != (wish.before.get("spec") or {}).get("selector"):
            who = writer(service, "f:spec", "f:selector")
            yield f"{who} changed the selector of Service {self.options.name}"

    async def route(self, route: Route, *, generation: int) -> None:
        """Note it: the pods themselves divide requests. Raises `PortError` for what a Service cannot do."""
        services.check(route)
        service = await self.cluster.read(SERVICE, self.options.name)
        if service is None:
            raise services.missing(self.options.name)
        before = services.kept(service)
        await self._wishes.changed(functools.partial(_noted, route=route, generation=generation, before=before))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Note them: the cluster itself tells the Service who is ready."""
        change = functools.partial(published, endpoints=endpoints, generation=generation)
        await self._wishes.changed(change)

    async def tend(self) -> None:
        """Nothing outside of releases changes here."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """A Service does not count requests."""
        return {}

    async def hand_back(self) -> str:
        """It never was Shipway's; what was done. Raises `PortError`."""
        await self.cluster.delete(CONFIG_MAP, self._wishes.name)
        return f"Service {self.options.name}: it was never changed"


def _noted(wish: Wish, *, route: Route, generation: int, before: Mapping[str, Any]) -> Wish:
    """With the selector as it is now, whoever changed it: to route anew is to agree to it."""
    return replace(asked(wish, route=route, generation=generation, before=before), before=before)
