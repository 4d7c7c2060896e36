"""From a route to a Service's selector. Pure."""

from collections.abc import Mapping

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.model.revision import RevisionId
from shipway.model.route import Route

NOBODY = "none"


def selector(service: str, wish: Wish) -> Mapping[str, str] | None:
    """What is wanted of the Service; the user's own, before any version was given users."""
    if not wish.has_served:
        before: Mapping[str, str] | None = (wish.before.get("spec") or {}).get("selector")
        return before
    return of_route(service, wish.route)


def of_route(service: str, route: Route) -> dict[str, str]:
    """One revision by its label; several by the label of the pods that were chosen; or nobody."""
    serving = {name: share for name, share in route.shares.items() if share}
    if len(serving) > 1:
        return {**_of(service), marks.SHARE: marks.YES, marks.REQUESTS: marks.YES}
    return of_revision(service, next(iter(serving), None))


def of_revision(service: str, revision: RevisionId | None) -> dict[str, str]:
    """All of its pods that do not drain."""
    label = marks.label_of(revision) if revision else NOBODY
    return {**_of(service), marks.REVISION: label, marks.REQUESTS: marks.YES}


def is_divided(route: Route) -> bool:
    """Whether it goes by the number of pods."""
    return sum(1 for share in route.shares.values() if share) > 1


def _of(service: str) -> dict[str, str]:
    return {marks.SERVICE: marks.label_of(service)}
