"""What a way in that draws a weight for each request is seen to do. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.wishes import Wish, spans
from shipway.model.routing import Routing


class Weighed(Struct, frozen=True, kw_only=True):
    """One look."""

    wish: Wish
    found: tuple[Backend, ...]
    reached: frozenset[str]
    """Pods that get requests."""

    def routing(
        self, at: float, *, is_confirmed: bool, problems: Iterable[str], foreign: Iterable[str]
    ) -> Routing:
        """What is not confirmed may be anything that was asked before."""
        wish = self.wish
        lowest, highest = spans([wish.route.shares, *(() if is_confirmed else wish.formers or ({},))])
        endpoints = backends.endpoints(wish, self.found, self.reached)
        return Routing(
            at=at,
            lowest=lowest,
            highest=highest,
            confirmed=wish.route if is_confirmed and wish.route_generation else None,
            generation=wish.route_generation if is_confirmed else 0,
            endpoints=endpoints,
            endpoints_generation=wish.endpoints_generation if endpoints == wish.endpoints else 0,
            unhealthy=backends.unhealthy(wish, self.found),
            problems=tuple(problems),
            foreign=tuple(foreign),
        )

    @property
    def has_pods(self) -> bool:
        """Whether each version that has a share is reached, where it has pods that can be.
        One that lost all of its pods is told by its endpoints, not here."""
        able = {one.revision for one in self.found if one.is_ready and one.takes_requests}
        there = {one.revision for one in self.found if one.name in self.reached}
        return {name for name, share in self.wish.route.shares.items() if share and name in able} <= there
