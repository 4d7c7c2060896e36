"""What planes of the tests have in common: each makes of objects in a namespace what an Envoy is told.

A plane does what is documented for the few fields that it knows, and refuses every other one: a test that passes
by a field which is not understood would prove nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from shipway.adapters.platforms.kubernetes.kinds import Kind

Object = dict[str, Any]
Cluster = tuple[str, Sequence[tuple[str, int]]]
"""A name, and addresses with ports."""
MATCHES = {"exact": "exact", "prefix": "prefix", "regex": "safe_regex"}
AGAIN = "connect-failure,refused-stream,unavailable,cancelled"
"""When a request is sent once more: it did not begin elsewhere."""
MILLION = 1_000_000


class NotKnown(Exception):
    """A field that this plane does not follow."""


class Config(NamedTuple):
    """What an Envoy is told."""

    clusters: Sequence[Cluster]
    virtual_hosts: Sequence[Object]


class Plane(NamedTuple):
    """`configured` gets the objects of each kind, in their order."""

    kinds: Sequence[Kind]
    configured: Callable[..., Config]


def only(found: Mapping[str, Any], *known: str) -> None:
    if set(found) - set(known):
        raise NotKnown(sorted(set(found) - set(known)))


def ready(slices: Sequence[Object], service: str) -> Iterator[tuple[str, str, int]]:
    """Of a Service: its ready pods, with address and port."""
    for one in slices:
        if one["metadata"]["labels"].get("kubernetes.io/service-name") != service:
            continue
        for endpoint in one.get("endpoints") or ():
            if endpoint["conditions"].get("ready"):
                (port,) = one["ports"]
                yield endpoint["targetRef"]["name"], endpoint["addresses"][0], port["port"]


def domains(host: str) -> list[str]:
    """Under which a host's name is asked for."""
    return ["*"] if host == "*" else [host, f"{host}:*"]


def header(name: str, how: str, value: str) -> Object:
    """A match of one header."""
    if name != name.lower():
        raise NotKnown("header names are written small")
    said = {MATCHES[how]: {"regex": value} if how == "regex" else value}
    return {"name": name, "string_match": said}


def sent(shares: Sequence[tuple[str, int]], *, retries: int, timeout: str, copied: Sequence[Object]) -> Object:
    """To clusters with weights."""
    action = {
        "weighted_clusters": {"clusters": [{"name": name, "weight": weight} for name, weight in shares]},
        "timeout": timeout,
        "retry_policy": {"retry_on": AGAIN, "num_retries": retries},
        "request_mirror_policies": list(copied),
    }
    return {"route": action}


def redirected(host: str, status: int) -> Object:
    """The gateway answers itself."""
    if status != 302:
        raise NotKnown(status)
    return {"redirect": {"host_redirect": host, "response_code": "FOUND"}}


def copied(cluster: str, millionths: float) -> Object:
    """This part of requests is sent there too."""
    if millionths != round(millionths):
        raise NotKnown(millionths)
    part = {"numerator": round(millionths), "denominator": "MILLION"}
    return {"cluster": cluster, "runtime_fraction": {"default_value": part}}
