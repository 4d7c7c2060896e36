"""Simulated proxies: each runs its own route and endpoints, and takes up a new one after its own lag."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace

from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, Share
from shipway.simulation.faults import Faults
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire


@dataclass
class Proxy:
    """What one proxy does at this instant."""

    route: Route = field(default_factory=Route)
    route_generation: int = 0
    endpoints: tuple[Endpoint, ...] = ()
    endpoints_generation: int = 0

    def active(self, revision: RevisionId) -> set[str]:
        """Addresses that get new requests of a revision."""
        return active(self.endpoints, revision)


def active(endpoints: tuple[Endpoint, ...], revision: RevisionId) -> set[str]:
    """Addresses among the endpoints that get new requests of a revision."""
    return {e.address for e in endpoints if e.revision == revision and not e.draining}


Change = Callable[[Proxy, Route, tuple[Endpoint, ...]], None]
"""Told of a proxy that changed, with what it ran before."""


class SimulatedTraffic:
    """A `Traffic` over virtual time."""

    def __init__(self, timeline: Timeline, wire: Wire, faults: Faults, random: Random) -> None:
        self.timeline, self.wire, self.faults, self.random = timeline, wire, faults, random
        self.proxies = [Proxy() for _ in range(faults.proxies)]
        self.foreign: tuple[str, ...] = ()
        self.before_change: Callable[[], None] = lambda: None
        self.on_change: Change = lambda *_: None
        self._seen: Routing | None = None
        self._drained: dict[str, float] = {}
        """By address: when the last request in flight ends, once nothing new is sent."""

    # The port

    async def observe(self) -> Routing:
        """What every proxy runs, as an interval. Worked out again only after a change."""
        self.wire.look("traffic")
        if self._seen is None:
            self._seen = self._look()
        return replace(self._seen, at=self.timeline.now())

    def _look(self) -> Routing:
        names = sorted({name for proxy in self.proxies for name in proxy.route.shares})
        first = self.proxies[0]
        is_agreed = all(proxy.route_generation == first.route_generation for proxy in self.proxies)
        is_set = first.route_generation > 0 or bool(self.foreign)
        return Routing(
            at=self.timeline.now(),
            lowest={name: Share(min(self._shares(name))) for name in names},
            highest={name: Share(max(self._shares(name))) for name in names},
            confirmed=first.route if is_agreed and is_set else None,
            generation=min(proxy.route_generation for proxy in self.proxies),
            endpoints=self._confirmed_endpoints(),
            endpoints_generation=min(proxy.endpoints_generation for proxy in self.proxies),
            foreign=self.foreign,
        )

    async def route(self, route: Route, *, generation: int) -> None:
        """Every proxy takes it up after its lag."""
        await self.wire.send("route", generation, lambda: self._spread_route(route, generation))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Every proxy takes it up after its lag."""
        listed = tuple(endpoints)
        await self.wire.send("endpoints", generation, lambda: self._spread_endpoints(listed, generation))

    async def tend(self) -> None:
        """There are no certificates here."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """One request, until the last one that was sent has ended."""
        return {address: int(self.is_busy(address)) for address in addresses}

    # The world

    def is_busy(self, address: str) -> bool:
        """Whether requests are in flight to an address."""
        return self._drained.get(address, 0.0) > self.timeline.now()

    def share(self, revision: RevisionId) -> float:
        """The revision's part of all requests, over all proxies, as a fraction."""
        return sum(self._shares(revision)) / len(self.proxies) / 100_000

    def write_by_other_hands(self, route: Route) -> None:
        """Somebody edits the route behind our back."""
        self.before_change()
        self._seen = None
        self.foreign = ("the route was edited by hand",)
        for proxy in self.proxies:
            proxy.route, proxy.route_generation = route, 0

    def _shares(self, revision: RevisionId) -> list[Share]:
        return [proxy.route.shares.get(revision, NONE) for proxy in self.proxies]

    def _confirmed_endpoints(self) -> tuple[Endpoint, ...]:
        """Active only where every proxy has it active; known where some proxy knows it."""
        seen: dict[str, Endpoint] = {}
        for proxy in self.proxies:
            for endpoint in proxy.endpoints:
                seen.setdefault(endpoint.address, endpoint)
        active = {address for address in seen if all(_is_active(proxy, address) for proxy in self.proxies)}
        return tuple(
            Endpoint(revision=e.revision, address=e.address, draining=address not in active)
            for address, e in sorted(seen.items())
        )

    def _spread_route(self, route: Route, generation: int) -> None:
        self.foreign, self._seen = (), None
        for proxy in self.proxies:
            self._later(lambda proxy=proxy: self._take_route(proxy, route, generation))  # type: ignore[misc]

    def _spread_endpoints(self, endpoints: tuple[Endpoint, ...], generation: int) -> None:
        for proxy in self.proxies:
            self._later(lambda proxy=proxy: self._take_endpoints(proxy, endpoints, generation))  # type: ignore[misc]

    def _later(self, happening: Callable[[], None]) -> None:
        self.timeline.after(self.random.random() * self.faults.proxy_lag, happening)

    def _take_route(self, proxy: Proxy, route: Route, generation: int) -> None:
        if self.wire.is_stale(generation, proxy.route_generation):
            return
        self.before_change()
        self._seen = None
        before, proxy.route, proxy.route_generation = proxy.route, route, generation
        self._note_leaving(proxy, before, proxy.endpoints)
        self.on_change(proxy, before, proxy.endpoints)

    def _take_endpoints(self, proxy: Proxy, endpoints: tuple[Endpoint, ...], generation: int) -> None:
        if self.wire.is_stale(generation, proxy.endpoints_generation):
            return
        self.before_change()
        self._seen = None
        before, proxy.endpoints, proxy.endpoints_generation = proxy.endpoints, endpoints, generation
        self._note_leaving(proxy, proxy.route, before)
        self.on_change(proxy, proxy.route, before)

    def _note_leaving(self, proxy: Proxy, route: Route, endpoints: tuple[Endpoint, ...]) -> None:
        """Addresses that just lost new requests keep those in flight for a while."""
        for endpoint in endpoints:
            was = not endpoint.draining and route.shares.get(endpoint.revision, NONE) > 0
            now = endpoint.address in proxy.active(endpoint.revision) and proxy.route.shares.get(
                endpoint.revision, NONE
            )
            if was and not now:
                self._drained[endpoint.address] = self.timeline.now() + self.random.random() * 8.0


def _is_active(proxy: Proxy, address: str) -> bool:
    return any(endpoint.address == address and not endpoint.draining for endpoint in proxy.endpoints)
