"""The `Traffic` port over an HTTPRoute of the user's: the backends of one rule are all that is changed of it.

An intent is kept first, in a ConfigMap; then the user's HTTPRoute is written with the resource version that it was
read with, then Shipway's own, whose answer tells that the gateway has taken up what was written before it.
"""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.remembering import Remembering
from shipway.adapters.platforms.kubernetes.kinds import HTTP_ROUTE
from shipway.adapters.traffic._kubernetes import fencing, revision_services
from shipway.adapters.traffic._kubernetes.probing import Probing, host_of
from shipway.adapters.traffic._kubernetes.publishing import Publishing
from shipway.adapters.traffic._kubernetes.revision_services import Services
from shipway.adapters.traffic._kubernetes.wishes import Wish, asked, with_token, written
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.ejecting import handed_back
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.adapters.traffic.gateway_api.seen import Seen
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Object = dict[str, Any]


class GatewayTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins."""

    def __init__(self, options: GatewayOptions, *, service: str, cluster: Cluster, clock: Clock) -> None:
        self.options, self.service, self.cluster, self.clock = options, service, cluster, clock
        self._pods = Publishing(cluster, service)
        self._services = Services(cluster, service)
        self._preparations = Remembering(cluster, service)
        self._probing = Probing(options.url, options.health.path)

    async def observe(self) -> Routing:
        """What the routes say, and whom they reach. A route is confirmed once the gateway answered by it."""
        at = self.clock.now()
        wish = await self._pods.wishes.read()
        if wish is None:
            return Routing(at=at, endpoints=())
        seen = await self._seen(wish)
        problem = ""
        if seen.is_in_force and seen.route is not None and wish.route_generation:
            problem = await self._probing.problem(wish, host_of(seen.route["spec"].get("hostnames")))
        return seen.routing(at, problem=problem)

    async def _seen(self, wish: Wish) -> Seen:
        route, own, preview, served, found = await asyncio.gather(
            self.cluster.read(HTTP_ROUTE, self.options.route),
            self._own(),
            self._preview(),
            self._services.served(),
            self._pods.members.found(),
        )
        return Seen(
            options=self.options,
            owner=self.service,
            wish=wish,
            route=route,
            own=own,
            preview=preview,
            served=served,
            found=found,
        )

    async def _own(self) -> Object | None:
        return await self.cluster.read(HTTP_ROUTE, rules.own_name(self.options))

    async def _preview(self) -> Object | None:
        if not self.options.preview:
            return None
        return await self.cluster.read(HTTP_ROUTE, rules.preview_name(self.options))

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way. Raises `PortError` for what the Gateway API cannot do."""
        rules.check(route)
        await self._pods.tried(functools.partial(self._route, route, generation))

    async def _route(self, route: Route, number: int) -> None:
        there, own, preview, prepared = await asyncio.gather(
            self._there(), self._own(), self._preview(), self._preparations.all()
        )
        rules.chosen(there, self.options)
        wish = await self._pods.wishes.changed(functools.partial(_asked, route=route, number=number, there=there))
        fencing.require_newest(number, there, own, preview)
        ports = {revision: each.port for revision, each in prepared.items()}
        await self._services.ensured(revision_services.named_by(route), ports)
        said = (there, self.service, self.options, wish)
        if fencing.is_there(there):
            await self.cluster.apply(HTTP_ROUTE, rules.moved(*said))
        else:
            await self.cluster.create(HTTP_ROUTE, rules.remade(*said))
        if self.options.preview:
            await fencing.put(self.cluster, HTTP_ROUTE, preview, rules.preview(*said))
        await fencing.put(self.cluster, HTTP_ROUTE, own, rules.own(*said, wish.token))
        await self._pods.wishes.changed(functools.partial(written, generation=number))

    async def _there(self) -> Object:
        """The user's. One that somebody deleted is remembered as it was when Shipway first saw it."""
        found = await self.cluster.read(HTTP_ROUTE, self.options.route)
        if found is not None:
            return found
        wish = await self._pods.wishes.read()
        if wish is None or not wish.before:
            raise rules.missing(self.options.route)
        return rules.again(wish.before)

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Label each pod by whether it gets requests, and have a Service for each revision."""
        prepared = await self._preparations.all()
        ports = {revision: each.port for revision, each in prepared.items()}
        await self._services.ensured({endpoint.revision for endpoint in endpoints}, ports)
        await self._pods.publish(endpoints, generation=generation)

    async def tend(self) -> None:
        """Nothing changes outside of releases: endpoints follow pods by themselves."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """A gateway does not count requests by pod."""
        return await self._pods.in_flight(addresses)

    async def hand_back(self) -> str:
        """Put the user's HTTPRoute back as it was; what was done. Raises `PortError`."""
        return await handed_back(self.cluster, self.options, self._pods.wishes, self._services)


def _asked(wish: Wish, *, route: Route, number: int, there: Object) -> Wish:
    return with_token(asked(wish, route=route, generation=number, before=rules.kept(there)))
