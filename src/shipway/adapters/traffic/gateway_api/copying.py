"""Whether a route's gateways copy requests, by what their class declares."""

from typing import Any

from shipway.adapters.platforms.kubernetes.cluster import Cluster, NotAllowed
from shipway.adapters.platforms.kubernetes.kinds import GATEWAY, GATEWAY_CLASS
from shipway.adapters.traffic.gateway_api import copies
from shipway.adapters.traffic.gateway_api.rules import NotByGateway
from shipway.model.route import Mirror

Object = dict[str, Any]


def require_methods(written: Object, mirror: Mirror) -> None:
    """Raises `NotByGateway` where the user's rule has no request that may be copied."""
    if not copies.matches(written, mirror):
        raise NotByGateway(
            "the rule is of other methods than may be copied",
            where="traffic.gateway_api.mirror",
            why=f"Each of its matches names a method, and only {' and '.join(mirror.methods)} are copied.",
            fix="Write `mirror_methods: all`, name another `rule`, or leave `mirror` out.",
        )


def require_order(route: Object, number: int) -> None:
    """Raises `NotByGateway` where the rule of copies would take requests of another rule of the user's."""
    others = copies.overtaken(route["spec"]["rules"], number)
    if others:
        raise NotByGateway(
            f"copies would take requests of the rule {' and '.join(others)}",
            where="traffic.gateway_api.mirror",
            why="They are copied by a rule for their methods, and at an equal path the Gateway API looks at "
            "methods before it looks at headers and parameters.",
            fix=f"Leave `mirror` out, or give the rule {others[0]} its methods or a longer path.",
        )


async def require(cluster: Cluster, route: Object, share: int) -> None:
    """Raises `NotByGateway` where one does not, or where a right to look is missing."""
    home = await cluster.where()
    for parent in route["spec"].get("parentRefs") or ():
        if parent.get("kind", "Gateway") != "Gateway":
            continue
        name, namespace = str(parent["name"]), str(parent.get("namespace") or home)
        class_name, found = await _class_of(cluster, name, namespace)
        lacks = copies.lacking(found or {}, share)
        if lacks:
            raise NotByGateway(
                f"Gateway {name} copies no requests"
                if copies.MIRROR in lacks
                else f"Gateway {name} copies all or none",
                where="traffic.gateway_api.mirror",
                why=f"GatewayClass {class_name or 'of it'} does not declare {', '.join(lacks)}.",
                fix="Leave `mirror` out, take an implementation that declares it, or write `traffic: {envoy: …}`.",
            )


async def _class_of(cluster: Cluster, name: str, namespace: str) -> tuple[str, Object | None]:
    """Of a gateway. Both may lie outside of the Role of a service, so what lacks is said here."""
    try:
        gateway = await cluster.in_namespace(namespace).read(GATEWAY, name)
        class_name = str(gateway["spec"]["gatewayClassName"]) if gateway else ""
        return class_name, await cluster.read(GATEWAY_CLASS, class_name) if gateway else None
    except NotAllowed as error:
        raise NotByGateway(
            error.what,
            where="traffic.gateway_api.mirror",
            why=f"{error.why} What Gateway {name} copies is seen by it and its class only.",
            fix=f"Allow `get` of `gateways` by a Role in the namespace {namespace}, and of `gatewayclasses` by a "
            "ClusterRole, or leave `mirror` out.",
        ) from error
