"""The `Traffic` port over a Service of the user's: its selector is all that is changed of it.

An intent is kept first, in a ConfigMap; then pods are labelled, then the Service is written with the resource
version that it was read with. So a controller that comes late meets a newer version somewhere, and asks anew.
"""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, SERVICE
from shipway.adapters.traffic._kubernetes import backends, fencing
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.publishing import Publishing
from shipway.adapters.traffic._kubernetes.wishes import Wish, asked, written
from shipway.adapters.traffic.service import ratio, selecting, services
from shipway.adapters.traffic.service.ejecting import handed_back
from shipway.adapters.traffic.service.options import ServiceOptions
from shipway.adapters.traffic.service.probing import Probing
from shipway.adapters.traffic.service.seen import Seen
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Object = dict[str, Any]


class ServiceTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins."""

    def __init__(self, options: ServiceOptions, *, service: str, cluster: Cluster, clock: Clock) -> None:
        self.options, self.service, self.cluster, self.clock = options, service, cluster, clock
        self._pods = Publishing(cluster, service)
        self._wishes, self._members = self._pods.wishes, self._pods.members
        self._probing = Probing(cluster, options)

    async def observe(self) -> Routing:
        """What the Services say, and whom they know. A route is confirmed once it was tried."""
        at = self.clock.now()
        wish = await self._wishes.read()
        if wish is None:
            return Routing(at=at, endpoints=())
        seen = await self._seen(wish)
        problem = ""
        if seen.is_in_force and seen.service is not None:
            problem = await self._probing.problem(seen.service, wish.route_generation, is_served=bool(seen.served))
        return seen.routing(at, problem=problem)

    async def _seen(self, wish: Wish) -> Seen:
        service, preview, slices, found = await asyncio.gather(
            self.cluster.read(SERVICE, self.options.name),
            self._preview(),
            self._served(self.options.name),
            self._members.found(),
        )
        return Seen(
            options=self.options,
            name=self.service,
            wish=wish,
            service=service,
            preview=preview,
            served=slices,
            found=found,
        )

    async def _preview(self) -> Object | None:
        return await self.cluster.read(SERVICE, self.options.preview) if self.options.preview else None

    async def _served(self, name: str) -> frozenset[str]:
        return backends.served(await self.cluster.list(ENDPOINT_SLICE, f"kubernetes.io/service-name={name}"))

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way. Raises `PortError` for what a Service cannot do."""
        services.check(route)
        await self._pods.tried(functools.partial(self._route, route, generation))

    async def _route(self, route: Route, generation: int) -> None:
        service, preview, found = await asyncio.gather(self._service(), self._preview(), self._members.found())
        change = functools.partial(asked, route=route, generation=generation, before=services.kept(service))
        wish = await self._wishes.changed(change)
        fencing.require_newest(generation, service, preview)
        if selecting.is_divided(route):
            await self._divided(wish, service, found)
        else:
            await self._select(wish, service)
        await self._show(wish, service, preview)
        await self._wishes.changed(functools.partial(written, generation=generation))

    async def _divided(self, wish: Wish, service: Object, found: Sequence[Backend]) -> None:
        """While nobody goes by these labels they are set whole; otherwise who joins comes before who leaves."""
        chosen = ratio.chosen(wish.route.shares, found, wish.endpoints)
        joining = [one for one in found if one.name in chosen and not one.has_share]
        leaving = [one for one in found if one.name not in chosen and one.has_share]
        await self._mark(joining, marks.YES, wish)
        if service["spec"].get("selector") == selecting.selector(self.service, wish):
            await self._select(wish, service)
            await self._mark(leaving, None, wish)
        else:
            await self._mark(leaving, None, wish)
            await self._select(wish, service)

    async def _mark(self, which: Sequence[Backend], word: str | None, wish: Wish) -> None:
        generation = max(wish.route_generation, wish.endpoints_generation)
        marked = (self._members.mark(one, {marks.SHARE: word}, generation=generation) for one in which)
        await asyncio.gather(*marked)

    async def _select(self, wish: Wish, service: Object) -> None:
        if fencing.is_there(service):
            await self.cluster.apply(SERVICE, services.moved(service, self.service, wish))
        else:
            await self.cluster.create(SERVICE, services.remade(service, self.service, wish))

    async def _show(self, wish: Wish, service: Object, there: Object | None) -> None:
        """The Service for looking at the version that has no users yet."""
        if self.options.preview:
            wanted = services.preview(self.options.preview, self.service, service, wish.route.preview)
            await fencing.put(self.cluster, SERVICE, there, fencing.marked(wanted, wish.route_generation))

    async def _service(self) -> Object:
        """The user's. One that somebody deleted is remembered as it was when Shipway first saw it."""
        found = await self.cluster.read(SERVICE, self.options.name)
        if found is not None:
            return found
        wish = await self._wishes.read()
        if wish is None or not wish.before:
            raise services.missing(self.options.name)
        return services.again(wish.before)

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Label each pod by whether it gets requests."""
        await self._pods.publish(endpoints, generation=generation)

    async def tend(self) -> None:
        """Where requests go by the number of pods: a pod that came in another's place takes its share."""
        wish = await self._wishes.read()
        if wish is None or not selecting.is_divided(wish.route):
            return
        service, found = await asyncio.gather(self.cluster.read(SERVICE, self.options.name), self._members.found())
        if service is None or service["spec"].get("selector") != selecting.selector(self.service, wish):
            return
        chosen = ratio.chosen(wish.route.shares, found, wish.endpoints)
        try:
            await self._mark([one for one in found if one.name in chosen and not one.has_share], marks.YES, wish)
            await self._mark([one for one in found if one.name not in chosen and one.has_share], None, wish)
        except Conflict:
            return  # somebody newer moves them; the next look shows what is left to do

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """A Service does not count requests."""
        return await self._pods.in_flight(addresses)

    async def hand_back(self) -> str:
        """Put the user's Service back as it was; what was done. Raises `PortError`."""
        return await handed_back(self.cluster, self.options, self._wishes)
