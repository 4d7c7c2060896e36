"""The `Traffic` port over a VirtualService of the user's: destinations of one http route are all that moves of it.

An intent is kept first, in a ConfigMap. Then the DestinationRule gets the versions' subsets. A version that gets
requests for the first time is asked through the mesh, by a secret header, before any user is sent to it: an Envoy
that does not know its subset yet would answer with 503. Then the VirtualService is written, with the resource
version that it was read with.
"""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.remembering import Remembering
from shipway.adapters.platforms.kubernetes.kinds import (
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    VIRTUAL_SERVICE,
    Kind,
)
from shipway.adapters.traffic._kubernetes import backends, fencing
from shipway.adapters.traffic._kubernetes.probing import Probing, host_of
from shipway.adapters.traffic._kubernetes.publishing import Publishing
from shipway.adapters.traffic._kubernetes.wishes import Wish, asked, with_token, written
from shipway.adapters.traffic.istio import choosing, rules, subsets
from shipway.adapters.traffic.istio.ejecting import Ejecting
from shipway.adapters.traffic.istio.introducing import Introducing
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.adapters.traffic.istio.refusing import check, missing
from shipway.adapters.traffic.istio.seen import Seen
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

Object = dict[str, Any]


class IstioTraffic:
    """One service. Any number of processes may have one of these for it: the newest intent wins."""

    def __init__(self, options: IstioOptions, *, service: str, cluster: Cluster, clock: Clock) -> None:
        self.options, self.service, self.cluster, self.clock = options, service, cluster, clock
        self._pods = Publishing(cluster, service)
        self._preparations = Remembering(cluster, service)
        self._probing = Probing(options.url, options.health.path)
        self._introducing = Introducing(cluster, options, service, self._probing)

    async def observe(self) -> Routing:
        """What the objects say, and whom they reach. A route is confirmed once the mesh answered by it."""
        at = self.clock.now()
        wish = await self._pods.wishes.read()
        if wish is None:
            return Routing(at=at, endpoints=())
        seen = await self._seen(wish)
        problem = ""
        if seen.is_in_force and seen.there is not None and wish.route_generation:
            problem = await self._probing.problem(wish, host_of(seen.there["spec"].get("hosts")))
        return seen.routing(at, problem=problem)

    async def _seen(self, wish: Wish) -> Seen:
        there, rule, preview, found = await asyncio.gather(
            self.cluster.read(VIRTUAL_SERVICE, self.options.virtual_service),
            self.cluster.read(DESTINATION_RULE, self.options.destination_rule),
            self._preview(),
            self._pods.members.found(),
        )
        return Seen(
            options=self.options,
            owner=self.service,
            wish=wish,
            there=there,
            rule=rule,
            preview=preview,
            served=await self._served(rule) if rule else frozenset(),
            found=found,
        )

    async def _served(self, rule: Object) -> frozenset[str]:
        chosen = f"kubernetes.io/service-name={subsets.service_of(rule)}"
        return backends.served(await self.cluster.list(ENDPOINT_SLICE, chosen))

    async def _preview(self) -> Object | None:
        if not self.options.preview:
            return None
        return await self.cluster.read(VIRTUAL_SERVICE, rules.preview_name(self.options))

    async def route(self, route: Route, *, generation: int) -> None:
        """Divide new requests this way. Raises `PortError` for what Istio cannot do, and for a version that the
        mesh does not reach yet: it is asked again."""
        check(route)
        await self._pods.tried(functools.partial(self._route, route, generation))

    async def _route(self, route: Route, number: int) -> None:
        (there, rule), preview, prepared, found = await asyncio.gather(
            self._there(), self._preview(), self._preparations.all(), self._pods.members.found()
        )
        choosing.check(there, rule, self.options)
        former = await self._pods.wishes.read() or Wish()
        if not former.has_served:
            choosing.check_subsets(there, rule, self.options)
        was = rules.before(there, rule, self.options)
        is_moved = not fencing.is_there(there) or choosing.is_moved(there, rule, self.options)
        wish = await self._pods.wishes.changed(
            functools.partial(_asked, route=route, number=number, before=was, is_moved=is_moved)
        )
        fencing.require_newest(number, there, rule, preview)
        wanted = rules.http(there, self.service, self.options, wish)
        made = subsets.wanted(self.service, rule, wish, rules.known(wish))
        await self._put(DESTINATION_RULE, rule, subsets.moved(rule, number, made, prepared))
        if fencing.is_there(there):
            there = await self._introducing.done(there, wish, found)
        await self._write(there, preview, wish, wanted)
        await self._pods.wishes.changed(functools.partial(written, generation=number))

    async def _write(self, there: Object, preview: Object | None, wish: Wish, wanted: Sequence[Object]) -> None:
        """That of the preview first: who sees the other taken up knows that this one is."""
        if self.options.preview:
            shown = rules.preview(there, self.service, self.options, wish)
            await fencing.put(self.cluster, VIRTUAL_SERVICE, preview, shown)
        moved = rules.moved(there, wish.route_generation, wanted)
        await self._put(VIRTUAL_SERVICE, there, moved)

    async def _put(self, kind: Kind, there: Object, moved: Object) -> None:
        """Change the user's, or make it again where it was deleted."""
        if fencing.is_there(there):
            await self.cluster.apply(kind, moved)
        else:
            number = fencing.generation(moved)
            await self.cluster.create(
                kind, fencing.marked({**there, "spec": {**there["spec"], **moved["spec"]}}, number)
            )

    async def _there(self) -> tuple[Object, Object]:
        """The user's two. What somebody deleted is remembered as it was when Shipway first saw it."""
        service, rule, wish = await asyncio.gather(
            self.cluster.read(VIRTUAL_SERVICE, self.options.virtual_service),
            self.cluster.read(DESTINATION_RULE, self.options.destination_rule),
            self._pods.wishes.read(),
        )
        before = wish.before if wish else {}
        if service is None:
            if not before:
                raise missing("VirtualService", self.options.virtual_service, "virtual_service")
            service = rules.again(before["virtual_service"], "VirtualService")
        if rule is None:
            if not before:
                raise missing("DestinationRule", self.options.destination_rule, "destination_rule")
            rule = rules.again(before["destination_rule"], "DestinationRule")
        return service, rule

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Label each pod by whether it gets requests: the subsets go by that."""
        await self._pods.publish(endpoints, generation=generation)

    async def tend(self) -> None:
        """Nothing changes outside of releases: subsets follow pods by themselves."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Envoys of a mesh count, but not for us."""
        return await self._pods.in_flight(addresses)

    async def hand_back(self) -> str:
        """Put the user's two objects back as they were; what was done. Raises `PortError`."""
        return await Ejecting(self.cluster, self.options, self.service, self._probing).handed_back()


def _asked(wish: Wish, *, route: Route, number: int, before: Mapping[str, Any], is_moved: bool) -> Wish:
    """A version that was never reached had no users: where nobody is to serve, destinations stay the user's."""
    told = asked(wish, route=route, generation=number, before=before)
    has_served = told.has_served and (is_moved or any(route.shares.values()))
    return with_token(replace(told, has_served=has_served))
