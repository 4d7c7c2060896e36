"""From HTTPRoutes and EndpointSlices to what an Envoy is told, for tests of one namespace: a small gateway.

https://gateway-api.sigs.k8s.io/reference/spec/#httproute
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from platforms.kubernetes import plane
from platforms.kubernetes.plane import MILLION, Config, NotKnown, Plane, only
from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, HTTP_ROUTE

Object = dict[str, Any]
HOWS = {"Exact": "exact", "RegularExpression": "regex"}
NO_BACKEND = {"direct_response": {"status": 500}}
"""What a rule answers that sends to nobody."""


class Entry(NamedTuple):
    """One match of one rule."""

    route: Object
    place: int
    rule: Object
    match: Object


def of_gateway(name: str) -> Plane:
    """The plane of the gateway with this name."""
    return Plane((HTTP_ROUTE, ENDPOINT_SLICE), partial(configured, name))


def configured(gateway: str, routes: Sequence[Object], slices: Sequence[Object]) -> Config:
    attached = [route for route in routes if _is_attached(route, gateway)]
    entries = [entry for route in attached for entry in _entries(route)]
    names = sorted({name for entry in entries for name in _services(entry.rule)})
    clusters = [(name, sorted((ip, port) for _, ip, port in plane.ready(slices, name))) for name in names]
    return Config(clusters, [_virtual_host(host, entries) for host in _hosts(attached)])


def _is_attached(route: Object, gateway: str) -> bool:
    only(route["spec"], "parentRefs", "hostnames", "rules")
    for parent in route["spec"]["parentRefs"]:
        only(parent, "group", "kind", "name", "namespace")
    return any(parent["name"] == gateway for parent in route["spec"]["parentRefs"])


def _entries(route: Object) -> Iterator[Entry]:
    for place, rule in enumerate(route["spec"]["rules"]):
        only(rule, "name", "matches", "filters", "backendRefs")
        for match in rule.get("matches") or [{}]:
            only(match, "path", "headers", "method")
            yield Entry(route, place, rule, match)


def _hosts(routes: Sequence[Object]) -> list[str]:
    return sorted({host for route in routes for host in route["spec"].get("hostnames") or ["*"]})


def _virtual_host(host: str, entries: Sequence[Entry]) -> Object:
    mine = [entry for entry in entries if _takes(entry.route, host)]
    routes = [{"match": _match(entry.match), **_action(entry.rule)} for entry in sorted(mine, key=_precedence)]
    return {"name": host, "domains": plane.domains(host), "routes": routes}


def _takes(route: Object, host: str) -> bool:
    names = route["spec"].get("hostnames") or []
    return not names or host in names


def _precedence(entry: Entry) -> tuple[object, ...]:
    """Host's names, exact paths, long ones, methods, many headers, old routes, their names, and their order."""
    path, metadata = _path(entry.match), entry.route["metadata"]
    return (
        not entry.route["spec"].get("hostnames"),
        path["type"] != "Exact",
        -len(path["value"]),
        "method" not in entry.match,
        -len(entry.match.get("headers") or ()),
        metadata.get("creationTimestamp", ""),
        metadata["name"],
        entry.place,
    )


def _path(match: Object) -> Object:
    path: Object = match.get("path") or {"type": "PathPrefix", "value": "/"}
    only(path, "type", "value")
    return path


def _match(match: Object) -> Object:
    headers = [_header(one) for one in match.get("headers") or ()]
    if "method" in match:
        headers.append(plane.header(":method", "exact", match["method"]))
    return {**_where(_path(match)), "headers": headers}


def _where(path: Object) -> Object:
    match path["type"], path["value"]:
        case "Exact", value:
            return {"path": value}
        case "PathPrefix", "/":
            return {"prefix": "/"}
        case "PathPrefix", value:
            return {"path_separated_prefix": value.rstrip("/")}
        case kind, _:
            raise NotKnown(kind)


def _header(said: Object) -> Object:
    only(said, "type", "name", "value")
    return plane.header(said["name"].lower(), HOWS[said.get("type", "Exact")], said["value"])


def _action(rule: Object) -> Object:
    filters = list(_filters(rule))
    for kind, said in filters:
        if kind == "RequestRedirect":
            only(said, "hostname", "statusCode")
            return plane.redirected(said["hostname"], said["statusCode"])
    shares = [(_service(one), one.get("weight", 1)) for one in rule.get("backendRefs") or ()]
    carrying = [one for one in shares if one[1]]
    if not carrying:
        return NO_BACKEND
    return plane.sent(carrying, retries=2, timeout="0s", copied=[_copied(said) for _, said in filters])


def _filters(rule: Object) -> Iterator[tuple[str, Object]]:
    keys = {"RequestRedirect": "requestRedirect", "RequestMirror": "requestMirror"}
    for one in rule.get("filters") or ():
        if one["type"] not in keys:
            raise NotKnown(one["type"])
        only(one, "type", keys[one["type"]])
        yield one["type"], one[keys[one["type"]]]


def _copied(said: Object) -> Object:
    only(said, "backendRef", "fraction", "percent")
    part = said.get("fraction") or {"numerator": said.get("percent", 100)}
    return plane.copied(_service(said["backendRef"]), part["numerator"] * MILLION / part.get("denominator", 100))


def _services(rule: Object) -> Iterator[str]:
    yield from (_service(one) for one in rule.get("backendRefs") or ())
    yield from (_service(said["backendRef"]) for kind, said in _filters(rule) if kind == "RequestMirror")


def _service(backend: Object) -> str:
    only(backend, "group", "kind", "name", "port", "weight")
    return str(backend["name"])
