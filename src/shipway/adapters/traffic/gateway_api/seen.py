"""From HTTPRoutes, the pods that Services know and what was asked, to a `Routing`. Pure."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.comparing import covers, writer
from shipway.adapters.traffic._kubernetes.weighed import Weighed
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.model.routing import Routing

Object = dict[str, Any]


class Seen(Struct, kw_only=True):
    """One look."""

    options: GatewayOptions
    owner: str
    wish: Wish
    route: Object | None
    own: Object | None
    preview: Object | None
    served: frozenset[str]
    """Pods that the EndpointSlices of some revision's Service tell as ready."""
    found: tuple[Backend, ...]

    def routing(self, at: float, *, problem: str) -> Routing:
        """`problem` is why the gateway is not known to have taken it up."""
        return self._weighed.routing(
            at,
            is_confirmed=self.is_in_force and not problem,
            problems=(one for one in (problem, *self._conditions()) if one),
            foreign=self._foreign(),
        )

    @property
    def _weighed(self) -> Weighed:
        return Weighed(wish=self.wish, found=self.found, reached=self.served)

    @property
    def is_in_force(self) -> bool:
        """Whether the routes say what was asked, and each version that has a share has pods that take requests."""
        return self._is_written and self._is_own_written and self._weighed.has_pods

    @property
    def _is_written(self) -> bool:
        return self._was_written and self._has_backends

    @property
    def _was_written(self) -> bool:
        return self.route is not None and rules.generation(self.route) == self.wish.route_generation

    @property
    def _has_backends(self) -> bool:
        """Until a version has users, the rule is the user's."""
        if self.route is None or not self.wish.has_served:
            return self.route is not None
        try:
            rule = self.route["spec"]["rules"][rules.chosen(self.route, self.options)]
        except rules.NotByGateway:
            return False
        return covers(rule.get("backendRefs") or [], rules.backends(self.owner, self.wish.route))

    @property
    def _is_own_written(self) -> bool:
        if self.route is None or self.own is None or not self._can_be_made:
            return False
        wanted = rules.own(self.route, self.owner, self.options, self.wish, self.wish.token)
        is_shown = True
        if self.options.preview:
            shown = rules.preview(self.route, self.owner, self.options, self.wish)
            is_shown = self.preview is not None and covers(self.preview["spec"], shown["spec"])
        return is_shown and rules.generation(self.own) == self.wish.route_generation and covers(self.own, wanted)

    @property
    def _can_be_made(self) -> bool:
        try:
            rules.chosen(self.route or {"spec": {}}, self.options)
        except rules.NotByGateway:
            return False
        return True

    def _conditions(self) -> Iterator[str]:
        """What the gateway itself says against the route, of its newest form."""
        for route in (self.route, self.own):
            parents = ((route or {}).get("status") or {}).get("parents") or ()
            for condition in (one for parent in parents for one in parent.get("conditions") or ()):
                is_new = condition.get("observedGeneration") == (route or {})["metadata"].get("generation")
                if is_new and condition["type"] in ("Accepted", "ResolvedRefs") and condition["status"] == "False":
                    name = (route or {})["metadata"]["name"]
                    yield f"HTTPRoute {name}: {condition['reason']}: {condition.get('message', '')}".rstrip(": ")

    # Other hands

    def _foreign(self) -> Iterator[str]:
        name = self.options.route
        if not self.wish.route_generation:
            return
        if self.route is None:
            yield f"somebody deleted HTTPRoute {name}"
            return
        if not self.wish.was_met_by(rules.generation(self.route)):
            return
        who = writer(self.route, "f:spec", "f:rules")
        if not self._has_backends:
            yield f"{who} changed the backends of HTTPRoute {name}"
        elif not self._was_written:
            yield f"{who} took the mark of Shipway off HTTPRoute {name}"
