"""What is written into Services, and read from them. Pure."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.service import selecting
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Route

Object = dict[str, Any]
OF_THE_CLUSTER = ("clusterIP", "clusterIPs", "healthCheckNodePort")
"""Fields of a Service that the API server fills in, each time anew."""


class NotByService(PortError):
    """A Service cannot do what the release asks for."""

    code = "way-in-cannot"
    needs_person = True


def check(route: Route) -> None:
    """Raises `NotByService` for users that are told apart, and for copies."""
    asked = {"chosen users": route.users, "users that stay on one version": route.sticky, "copies": route.mirror}
    for what, value in asked.items():
        if value:
            raise NotByService(
                f"a Service knows nothing of {what}",
                where="traffic.service",
                why="It divides connections, and does not look at requests.",
                fix="Write `traffic: {gateway_api: …}`, or leave it out.",
            )


def missing(name: str) -> NotByService:
    """There is no such Service."""
    return NotByService(
        f"there is no Service {name}",
        where="traffic.service.name",
        why="Shipway moves the selector of a Service that you have; it makes none.",
        fix="`kubectl apply` its manifest, or write another `name`.",
    )


def require_pods(service: Object) -> None:
    """Raises `NotByService` for one that has no pods of its own, or no port."""
    kind = service["spec"].get("type")
    if kind != "ExternalName" and service["spec"].get("ports"):
        return
    raise NotByService(
        f"Service {service['metadata']['name']} sends to no pods",
        where="traffic.service.name",
        why=f"Its type is {kind}." if kind == "ExternalName" else "It has no port.",
        fix="Name a Service with a selector, such as one of type ClusterIP.",
    )


def moved(service: Object, owner: str, wish: Wish) -> Object:
    """What is applied to the user's: its selector, and which intent it is of."""
    metadata = {
        "name": service["metadata"]["name"],
        "resourceVersion": service["metadata"]["resourceVersion"],
        "annotations": {marks.GENERATION: str(wish.route_generation)},
    }
    spec = {"selector": selecting.of_route(owner, wish.route)} if wish.has_served else {}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def remade(before: Object, owner: str, wish: Wish) -> Object:
    """The user's, where it was deleted: as it was, but for what the intent says."""
    spec = {**before["spec"], **({"selector": selecting.of_route(owner, wish.route)} if wish.has_served else {})}
    return fencing.marked({**before, "spec": spec}, wish.route_generation)


def preview(name: str, owner: str, service: Object, revision: RevisionId | None) -> Object:
    """Shipway's own Service, with the ports of the user's."""
    kept = ("name", "port", "targetPort", "protocol", "appProtocol")
    ports = [{key: port[key] for key in kept if key in port} for port in service["spec"].get("ports", ())]
    labels = {marks.SERVICE: marks.label_of(owner), marks.MANAGED_BY: "shipway"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": selecting.of_revision(owner, revision), "ports": ports},
    }


generation = fencing.generation


def kept(service: Object) -> Object:
    """What is needed to put it back, or to make it again; nothing where it is Shipway's selector already."""
    if generation(service):
        return {}
    named = ("name", "labels", "annotations")
    metadata = {key: service["metadata"][key] for key in named if key in service["metadata"]}
    spec = {key: value for key, value in service["spec"].items() if key not in OF_THE_CLUSTER}
    return {"metadata": metadata, "spec": spec}


def again(before: Mapping[str, Any]) -> Object:
    """The user's own, where it was deleted."""
    return {"apiVersion": "v1", "kind": "Service", **before}
