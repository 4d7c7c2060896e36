"""From VirtualServices, a DestinationRule and pods to what an Envoy is told, for tests of one namespace.

It does what Istio documents for the few fields that it knows, and refuses every other one. It is no Istio.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from platforms.kubernetes import plane
from platforms.kubernetes.plane import Config, NotKnown, Plane, only
from shipway.adapters.platforms.kubernetes.kinds import (
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    POD,
    VIRTUAL_SERVICE,
)

Object = dict[str, Any]
ROUTE_KEYS = {"name", "match", "route", "redirect", "timeout", "retries", "mirrors"}


@dataclass
class Seen:
    """All objects of a namespace."""

    services: Sequence[Object]
    """Virtual ones."""
    rules: Sequence[Object]
    slices: Sequence[Object]
    pods: Sequence[Object]


def clusters(seen: Seen) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Each subset of each host, with the ready pods that have its labels; and the host as a whole."""
    labels = {pod["metadata"]["name"]: pod["metadata"].get("labels") or {} for pod in seen.pods}
    for rule in seen.rules:
        only(rule["spec"], "host", "subsets")
        host = rule["spec"]["host"]
        ready = list(plane.ready(seen.slices, host))
        yield _cluster(host, ""), [(ip, port) for _, ip, port in ready]
        for subset in rule["spec"].get("subsets") or ():
            only(subset, "name", "labels")
            wanted = subset["labels"].items()
            chosen = [(ip, port) for name, ip, port in ready if wanted <= labels.get(name, {}).items()]
            yield _cluster(host, subset["name"]), chosen


def virtual_hosts(seen: Seen) -> list[Object]:
    made = []
    for service in seen.services:
        only(service["spec"], "hosts", "gateways", "http")
        domains = [name for host in service["spec"]["hosts"] for name in plane.domains(host)]
        routes = [made for http in service["spec"]["http"] for made in _routes(http)]
        made.append({"name": service["metadata"]["name"], "domains": domains, "routes": routes})
    return made


def _routes(http: Object) -> Iterator[Object]:
    """One for each match."""
    only(http, *ROUTE_KEYS)
    for match in http.get("match") or [{}]:
        yield {"match": _match(match), **_action(http)}


def _match(match: Object) -> Object:
    only(match, "uri", "headers", "method")
    uri = match.get("uri") or {"prefix": "/"}
    only(uri, "exact", "prefix")
    made: Object = {"path": uri["exact"]} if "exact" in uri else {"prefix": uri["prefix"]}
    named = {**(match.get("headers") or {}), **({":method": match["method"]} if "method" in match else {})}
    return {**made, "headers": [_header(name, said) for name, said in named.items()]}


def _header(name: str, said: Object) -> Object:
    ((how, value),) = said.items()
    return plane.header(name, how, value)


def _action(http: Object) -> Object:
    if "redirect" in http:
        only(http["redirect"], "authority", "redirectCode")
        if "route" in http:
            raise NotKnown("route and redirect")
        return plane.redirected(http["redirect"]["authority"], http["redirect"]["redirectCode"])
    targets = http["route"]
    for target in targets:
        only(target, "destination", "weight")
    shares = [(_target(one["destination"]), one.get("weight", 100)) for one in targets]
    retries = http.get("retries") or {"attempts": 2}
    only(retries, "attempts")
    return plane.sent(
        [one for one in shares if one[1] or len(shares) == 1],
        retries=retries["attempts"],
        timeout=http.get("timeout", "0s"),
        copied=[_mirror(one) for one in http.get("mirrors") or ()],
    )


def _mirror(mirror: Object) -> Object:
    only(mirror, "destination", "percentage")
    return plane.copied(_target(mirror["destination"]), round(mirror["percentage"]["value"] * 10_000))


def _target(destination: Object) -> str:
    only(destination, "host", "subset", "port")
    return _cluster(destination["host"], destination.get("subset", ""))


def _cluster(host: str, subset: str) -> str:
    return f"outbound|{subset}|{host}"


def configured(
    services: Sequence[Object], rules: Sequence[Object], slices: Sequence[Object], pods: Sequence[Object]
) -> Config:
    seen = Seen(services, rules, slices, pods)
    return Config(sorted(clusters(seen)), virtual_hosts(seen))


PLANE = Plane((VIRTUAL_SERVICE, DESTINATION_RULE, ENDPOINT_SLICE, POD), configured)
