"""From Services, the pods that they know and what was asked, to a `Routing`. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.comparing import writer
from shipway.adapters.traffic._kubernetes.wishes import Shares, Wish, spans
from shipway.adapters.traffic.service import ratio, selecting, services
from shipway.adapters.traffic.service.options import ServiceOptions
from shipway.model.route import Route
from shipway.model.routing import Routing

Object = dict[str, Any]


class Seen(Struct, kw_only=True):
    """One look."""

    options: ServiceOptions
    name: str
    """Of the service that is released."""
    wish: Wish
    service: Object | None
    preview: Object | None
    served: frozenset[str]
    """Pods that the Service's EndpointSlices tell as ready."""
    found: tuple[Backend, ...]

    def routing(self, at: float, *, problem: str) -> Routing:
        """`problem` is why a route that is in force did not carry what was tried."""
        shares = backends.shares(self.served, self.found) if self.service else {}
        is_confirmed = self.is_in_force and not problem
        lowest, highest = spans([shares, *self._possible])
        endpoints = backends.endpoints(self.wish, self.found, self._drained_from)
        return Routing(
            at=at,
            lowest=self.wish.route.shares if is_confirmed else lowest,
            highest=self.wish.route.shares if is_confirmed else highest,
            confirmed=self.wish.route if is_confirmed and self.wish.route_generation else None,
            generation=services.generation(self.service) if self.service and is_confirmed else 0,
            endpoints=endpoints,
            endpoints_generation=self.wish.endpoints_generation if endpoints == self.wish.endpoints else 0,
            unhealthy=backends.unhealthy(self.wish, self.found),
            problems=(problem,) if problem else (),
            foreign=tuple(self._foreign()),
        )

    @property
    def _possible(self) -> tuple[Shares, ...]:
        """What was asked and is not confirmed may be in force, or not, wherever packets are sent."""
        return (self.wish.route.shares, *self.wish.formers) if self.wish.has_served else ()

    @property
    def _drained_from(self) -> frozenset[str]:
        """Who has to leave before it is drained. Until a version has users, the Service is none of Shipway's."""
        return self.served if self.wish.has_served else frozenset()

    @property
    def is_in_force(self) -> bool:
        """Whether the Services say what was asked, and their EndpointSlices have followed."""
        return self._is_selected and self._is_shown and self._has_followed

    @property
    def _is_selected(self) -> bool:
        if self.service is None or services.generation(self.service) != self.wish.route_generation:
            return False
        return self._has_selector(self.service)

    def _has_selector(self, service: Object) -> bool:
        return bool(service["spec"].get("selector") == self._selector)

    @property
    def _selector(self) -> Mapping[str, str] | None:
        return selecting.selector(self.name, self.wish)

    @property
    def _is_shown(self) -> bool:
        if self.options.preview is None:
            return True
        wanted = selecting.of_revision(self.name, self.wish.route.preview)
        return self.preview is not None and self.preview["spec"].get("selector") == wanted

    @property
    def _has_followed(self) -> bool:
        """Nobody is served by who has no share, and who has one is served, where it has a pod that can."""
        if not self.wish.has_served:
            return True
        route = self.wish.route
        ours = {one.name for one in self.found}
        wanted = {one.name for one in self.found if self._may_serve(one, route)}
        if not (self.served & ours) <= wanted or not self.served <= ours:
            return False
        if selecting.is_divided(route):
            return ratio.chosen(route.shares, self.found, self.wish.endpoints) == self.served
        return bool(self.served) or not any(one.is_ready for one in self.found if one.name in wanted)

    def _may_serve(self, backend: Backend, route: Route) -> bool:
        return bool(route.shares.get(backend.revision))

    # Other hands

    def _foreign(self) -> Iterator[str]:
        name = self.options.name
        if not self.wish.route_generation:
            return
        if self.service is None:
            yield f"somebody deleted Service {name}"
            return
        mark = services.generation(self.service)
        if not self.wish.was_met_by(mark):
            return
        who = writer(self.service, "f:spec", "f:selector")
        if not self._has_selector(self.service):
            yield f"{who} changed the selector of Service {name}"
        elif mark != self.wish.route_generation:
            yield f"{who} took the mark of Shipway off Service {name}"
