"""Services that share an address, told apart by `host` and `path`: one route configuration with a part for each.

A part carries its service's name in the metadata of its routes, so that each service finds its own again, in the
file and in what Envoy runs. What others wrote is never made anew: their newest route could name what is not there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from shipway.adapters.traffic.envoy.files import Json, Response, response
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.routes import COPY_HEADER, METADATA, TYPE
from shipway.adapters.traffic.envoy.running import RunningRoute
from shipway.errors import PortError

EVERY_HOST = "*"


class Part(Struct, frozen=True, kw_only=True):
    """What one service has of a shared address."""

    service: str
    host: str
    """`*` for a service that takes every host."""
    path: str
    """`/` for all of them."""
    generation: int
    routes: tuple[dict[str, object], ...]


class _Told(Struct, frozen=True):
    service: str = ""
    generation: str = "0"
    path: str = "/"


class _Metadata(Struct, frozen=True):
    filter_metadata: dict[str, _Told] = {}


class _Rule(Struct, frozen=True):
    metadata: _Metadata = _Metadata()

    @property
    def told(self) -> _Told:
        return self.metadata.filter_metadata.get(METADATA, _Told())


class _Host(Struct, frozen=True):
    name: str = ""
    routes: tuple[dict[str, object], ...] = ()


class _Configuration(Struct, frozen=True):
    virtual_hosts: tuple[_Host, ...] = ()


def is_shared(options: EnvoyOptions) -> bool:
    """Whether other services may have the same address."""
    return bool(options.host or options.path)


def part_of(service: str, options: EnvoyOptions, users: Json, *, generation: int) -> Part:
    """From the route configuration that the service would have alone."""
    [host] = msgspec.convert(users["virtual_hosts"], list[dict[str, object]])
    made_of = msgspec.convert(users["metadata"], dict[str, dict[str, dict[str, str]]])["filter_metadata"][METADATA]
    path = options.path or "/"
    told = {"filter_metadata": {METADATA: {**made_of, "service": service, "path": path}}}
    rules = msgspec.convert(host["routes"], list[dict[str, object]])
    return Part(
        service=service,
        host=options.host or EVERY_HOST,
        path=path,
        generation=generation,
        routes=tuple({**_under(rule, path), "metadata": told} for rule in rules),
    )


def _under(rule: Mapping[str, object], path: str) -> dict[str, object]:
    """The rule for what is below a path: `/api` is `/api` and `/api/cart`, and not `/apis`."""
    match = msgspec.convert(rule["match"], dict[str, object])
    if path != "/":
        match = {name: value for name, value in match.items() if name != "prefix"} | {
            "path_separated_prefix": path
        }
    return {**rule, "match": match}


def combined(name: str, parts: Iterable[Part]) -> Json:
    """All parts as one configuration; of one host the longest path is asked first."""
    hosts: dict[str, list[Part]] = {}
    for part in parts:
        hosts.setdefault(part.host, []).append(part)
    made = []
    for host, listed in sorted(hosts.items()):
        ordered = sorted(listed, key=lambda part: (-len(part.path), part.path))
        routes = [rule for part in ordered for rule in part.routes]
        made.append({"name": host, "domains": [host], "routes": routes})
    return {
        "@type": TYPE,
        "name": name,
        "virtual_hosts": made,
        "request_headers_to_remove": [COPY_HEADER],
        "ignore_port_in_host_matching": True,
    }


def parts_of(configuration: Mapping[str, object]) -> dict[str, Part]:
    """By service."""
    found: dict[str, Part] = {}
    for host in msgspec.convert(configuration, _Configuration).virtual_hosts:
        for service, rules in _by_service(host.routes).items():
            told = msgspec.convert(rules[0], _Rule).told
            found[service] = Part(
                service=service,
                host=host.name,
                path=told.path,
                generation=int(told.generation),
                routes=tuple(rules),
            )
    return found


def _by_service(rules: Sequence[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for rule in rules:
        found.setdefault(msgspec.convert(rule, _Rule).told.service, []).append(rule)
    return found


def written_part(written: Response | None, service: str) -> Response:
    """A service's part of a file, with a version of its own; nobody's if the file is not ours."""
    if written is None or not written.resources:
        return Response()
    part = parts_of(written.resources[0]).get(service)
    if part is None:
        return Response()
    alone = _alone(part)
    return alone if written.is_ours else Response("", alone.resources)


def running_part(running: RunningRoute | None, service: str) -> RunningRoute | None:
    """A service's part of what Envoy runs."""
    part = parts_of(running.route_config).get(service) if running else None
    if part is None:
        return None
    alone = _alone(part)
    return RunningRoute(alone.version_info, alone.resources[0])


def _alone(part: Part) -> Response:
    """As a configuration that has this part only."""
    host = {"name": part.host, "routes": list(part.routes)}
    configuration = {"name": part.service, "virtual_hosts": [host], "metadata": part.routes[0]["metadata"]}
    return response([configuration], generation=part.generation)


def require_no_conflict(service: str, options: EnvoyOptions, others: Mapping[str, EnvoyOptions]) -> None:
    """Raises `PortError` where another service has what this one asks for."""
    for name, other in sorted(others.items()):
        if name != service and other.listen == options.listen:
            for what, why, fix in _conflicts(name, options, other):
                raise PortError(what, where=f"traffic.envoy.listen: {options.listen}", why=why, fix=fix)


def _conflicts(name: str, own: EnvoyOptions, other: EnvoyOptions) -> Iterator[tuple[str, str, str]]:
    port = own.listen.rpartition(":")[2]
    if not is_shared(other) or not is_shared(own):
        yield (
            f"port {port} is the service {name}'s alone",
            "Services share a port when each of them says its `host` or its `path`.",
            "Give both services a `host` or a `path`, or this one another port.",
        )
    elif (own.tls is None) != (other.tls is None):
        spoken = "speaks TLS" if other.tls else "speaks plain HTTP"
        yield (
            f"port {port} {spoken} for the service {name}",
            "A port speaks one of the two.",
            "Give both services `tls`, or this one another port.",
        )
    elif own.host == other.host and (own.path or "/") == (other.path or "/"):
        yield (
            f"{own.host or 'every host'} {own.path or '/'} is the service {name}'s on port {port}",
            "A request has to belong to one service.",
            "Give one of them another `host`, `path` or port.",
        )
    elif (own.tls is None or own.host == other.host) and (own.tokens or other.tokens):
        yield (
            f"port {port} is shared with the service {name}, and tokens are verified there",
            "Keys and issuer are for all of a port, or for all of a host where it has TLS.",
            "Give one of them another port, or both TLS and a `host` of their own.",
        )
    elif own.host == other.host and own.tls and other.tls and _spoken(own) != _spoken(other):
        yield (
            f"{own.host or 'every host'} has the certificate of the service {name} on port {port}",
            f"It is {other.tls.cert}, with TLS {other.tls.min_version} or newer: a host has one.",
            "Say the same `cert`, `key` and `min_version` in both.",
        )


def _spoken(options: EnvoyOptions) -> tuple[str, ...]:
    return (options.tls.cert, options.tls.key, options.tls.min_version) if options.tls else ()
