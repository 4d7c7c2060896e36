"""What Istio cannot do, or what Shipway does not move."""

from shipway.errors import PortError
from shipway.model.route import Route


class NotByIstio(PortError):
    """The mesh's objects are not such that Shipway can move requests by them."""

    code = "way-in-cannot"
    needs_person = True


def check(route: Route) -> None:
    """Raises `NotByIstio` for users that stay on one version, and for claims."""
    if route.sticky:
        raise NotByIstio(
            "Istio keeps no user on one version",
            where="traffic.istio",
            why="A weight is drawn for each request; `consistentHash` of a DestinationRule chooses among the pods "
            "of a subset, after the subset was drawn.",
            fix="Choose users by `header` or `cookie`, or write `traffic: {envoy: …}`.",
        )
    if any(rule.kind == "claim" for rule in route.users):
        raise NotByIstio(
            "Shipway has Istio verify no tokens",
            where="traffic.istio",
            why="The release asks for claims of them.",
            fix="Choose users by `header` or `cookie`, or write `traffic: {envoy: …}`.",
        )


def missing(kind: str, name: str, key: str) -> NotByIstio:
    """There is no such object."""
    return NotByIstio(
        f"there is no {kind} {name}",
        where=f"traffic.istio.{key}",
        why=f"Shipway moves requests by a {kind} that you have; it makes none.",
        fix=f"`kubectl apply` its manifest, or write another `{key}`.",
    )


def require(is_so: bool, what: str, *, why: str, fix: str, at: str = "virtual_service") -> None:
    """Raises `NotByIstio` where it is not."""
    if not is_so:
        raise NotByIstio(what, where=f"traffic.istio.{at}", why=why, fix=fix)
