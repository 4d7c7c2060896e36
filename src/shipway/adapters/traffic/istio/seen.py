"""From a VirtualService, a DestinationRule, the pods of their host and what was asked, to a `Routing`. Pure."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.comparing import covers, writer
from shipway.adapters.traffic._kubernetes.weighed import Weighed
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio import rules, subsets
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.adapters.traffic.istio.refusing import NotByIstio
from shipway.model.routing import Routing

Object = dict[str, Any]


class Seen(Struct, kw_only=True):
    """One look."""

    options: IstioOptions
    owner: str
    wish: Wish
    there: Object | None
    """The VirtualService."""
    rule: Object | None
    """The DestinationRule."""
    preview: Object | None
    served: frozenset[str]
    """Pods that the EndpointSlices of the host's Service tell as ready."""
    found: tuple[Backend, ...]

    def routing(self, at: float, *, problem: str) -> Routing:
        """`problem` is why the mesh is not known to have taken it up."""
        return self._weighed.routing(
            at,
            is_confirmed=self.is_in_force and not problem,
            problems=(problem,) if problem else (),
            foreign=self._foreign(),
        )

    @property
    def _reached(self) -> frozenset[str]:
        """Subsets have the host's pods that carry the label."""
        return self.served & {one.name for one in self.found if one.takes_requests}

    @property
    def _weighed(self) -> Weighed:
        return Weighed(wish=self.wish, found=self.found, reached=self._reached)

    @property
    def is_in_force(self) -> bool:
        """Whether the objects say what was asked, and each version that has a share has pods for it."""
        return self._is_written and self._is_shown and self._has_subsets and self._weighed.has_pods

    @property
    def _is_written(self) -> bool:
        return self._was_written(self.there) and self._has_routes

    def _was_written(self, found: Object | None) -> bool:
        return found is not None and fencing.generation(found) == self.wish.route_generation

    @property
    def _has_routes(self) -> bool:
        if self.there is None:
            return False
        try:
            wanted = rules.http(self.there, self.owner, self.options, self.wish)
        except (NotByIstio, LookupError):
            return False
        return covers(self.there["spec"]["http"], wanted)

    @property
    def _is_shown(self) -> bool:
        if not self.options.preview:
            return True
        if self.preview is None or self.there is None:
            return False
        shown = rules.preview(self.there, self.owner, self.options, self.wish)
        return covers(self.preview["spec"], shown["spec"])

    @property
    def _has_subsets(self) -> bool:
        if self.rule is None:
            return False
        there = {one["name"]: one for one in self.rule["spec"].get("subsets") or ()}
        wanted = subsets.wanted(self.owner, self.rule, self.wish, rules.known(self.wish))
        return all(covers(there.get(one["name"]), one) for one in wanted)

    # Other hands

    def _foreign(self) -> Iterator[str]:
        if not self.wish.route_generation:
            return
        yield from self._told("VirtualService", self.options.virtual_service, self.there, self._has_routes)
        yield from self._told("DestinationRule", self.options.destination_rule, self.rule, self._has_subsets)

    def _told(self, kind: str, name: str, found: Object | None, is_right: bool) -> Iterator[str]:
        field = "http" if kind == "VirtualService" else "subsets"
        if found is None:
            yield f"somebody deleted {kind} {name}"
        elif not self.wish.was_met_by(fencing.generation(found)):
            return
        elif not is_right:
            what = "http routes" if field == "http" else field
            yield f"{writer(found, 'f:spec', f'f:{field}')} changed the {what} of {kind} {name}"
        elif not self._was_written(found):
            who = writer(found, "f:spec", f"f:{field}")
            yield f"{who} took the mark of Shipway off {kind} {name}"
