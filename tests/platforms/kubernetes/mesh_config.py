"""From VirtualServices, a DestinationRule and pods to what an Envoy is told, for tests of one namespace.

It does what Istio documents for the few fields that it knows, and refuses every other one: a test that passes
by a field which is not understood would prove nothing. It is no Istio.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
ROUTE_KEYS = {"name", "match", "route", "redirect", "timeout", "retries", "mirrors"}
MATCHES = {"exact": "exact", "prefix": "prefix", "regex": "safe_regex"}


class NotKnown(Exception):
    """A field that this plane does not follow."""


def only(found: Mapping[str, Any], *known: str) -> None:
    if set(found) - set(known):
        raise NotKnown(sorted(set(found) - set(known)))


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
        ready = list(_ready(seen.slices, host))
        yield _cluster(host, ""), [(ip, port) for _, ip, port in ready]
        for subset in rule["spec"].get("subsets") or ():
            only(subset, "name", "labels")
            wanted = subset["labels"].items()
            chosen = [(ip, port) for name, ip, port in ready if wanted <= labels.get(name, {}).items()]
            yield _cluster(host, subset["name"]), chosen


def _ready(slices: Sequence[Object], host: str) -> Iterator[tuple[str, str, int]]:
    for one in slices:
        if one["metadata"]["labels"].get("kubernetes.io/service-name") != host:
            continue
        ready = [each for each in one.get("endpoints") or () if each["conditions"].get("ready")]
        for endpoint in ready:
            (port,) = one["ports"]
            yield endpoint["targetRef"]["name"], endpoint["addresses"][0], port["port"]


def virtual_hosts(seen: Seen) -> list[Object]:
    made = []
    for service in seen.services:
        only(service["spec"], "hosts", "gateways", "http")
        domains = [name for host in service["spec"]["hosts"] for name in _domains(host)]
        routes = [made for http in service["spec"]["http"] for made in _routes(http)]
        made.append({"name": service["metadata"]["name"], "domains": domains, "routes": routes})
    return made


def _domains(host: str) -> list[str]:
    return ["*"] if host == "*" else [host, f"{host}:*"]


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
    if any(name != name.lower() for name in named):
        raise NotKnown("header names are written small")
    return {**made, "headers": [{"name": name, "string_match": _text(said)} for name, said in named.items()]}


def _text(said: Object) -> Object:
    ((kind, value),) = said.items()
    return {MATCHES[kind]: {"regex": value} if kind == "regex" else value}


def _action(http: Object) -> Object:
    if "redirect" in http:
        only(http["redirect"], "authority", "redirectCode")
        assert "route" not in http and http["redirect"]["redirectCode"] == 302
        return {"redirect": {"host_redirect": http["redirect"]["authority"], "response_code": "FOUND"}}
    targets = http["route"]
    for target in targets:
        only(target, "destination", "weight")
    shares = [{"name": _target(one["destination"]), "weight": one.get("weight", 100)} for one in targets]
    retries = http.get("retries") or {"attempts": 2}
    only(retries, "attempts")
    policy = {"retry_on": "connect-failure,refused-stream,unavailable,cancelled"}
    action = {
        "weighted_clusters": {"clusters": [one for one in shares if one["weight"] or len(shares) == 1]},
        "timeout": http.get("timeout", "0s"),
        "retry_policy": {**policy, "num_retries": retries["attempts"]},
        "request_mirror_policies": [_mirror(one) for one in http.get("mirrors") or ()],
    }
    return {"route": action}


def _mirror(mirror: Object) -> Object:
    only(mirror, "destination", "percentage")
    part = {"numerator": round(mirror["percentage"]["value"] * 10_000), "denominator": "MILLION"}
    return {"cluster": _target(mirror["destination"]), "runtime_fraction": {"default_value": part}}


def _target(destination: Object) -> str:
    only(destination, "host", "subset", "port")
    return _cluster(destination["host"], destination.get("subset", ""))


def _cluster(host: str, subset: str) -> str:
    return f"outbound|{subset}|{host}"
