"""The replicas of each revision (nginx.org, ngx_http_upstream_module)."""

from collections.abc import Iterator, Sequence

from shipway.adapters.traffic.nginx.state import State
from shipway.adapters.traffic.nginx.words import block, milliseconds
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route

KEPT = 64
"""Unused connections to a revision's replicas that a worker keeps."""
REQUESTS_MAX = 1_000_000_000
"""On one connection to a replica: there is no reason to open another."""
FAILED_SECONDS = 1
"""A replica that could not be reached, or broke off, gets nothing new for so long while others are there."""


def name(service: str, revision: RevisionId | str) -> str:
    """What requests of a revision are passed to."""
    return f"{service}.{revision}"


def upstreams(service: str, state: State) -> Iterator[str]:
    """One for each revision that the route names. Without replicas it refuses requests."""
    for revision in _named(state.route):
        called = name(service, revision)
        listed = [one for one in state.endpoints if one.revision == revision]
        yield from block(
            f"upstream {called}",
            [
                f"zone {called} 256k;",
                "least_conn;",
                *(_servers(listed) or ["server 0.0.0.0:1 down;"]),
                f"keepalive {KEPT};",
                f"keepalive_requests {REQUESTS_MAX};",
                f"keepalive_timeout {milliseconds(state.options.upstream_idle_seconds)};",
            ],
        )


def _named(route: Route) -> Sequence[RevisionId]:
    users = {*route.shares, *(rule.revision for rule in route.users)}
    beside = {route.preview, route.mirror.revision if route.mirror else None}
    return sorted(users | {revision for revision in beside if revision})


def _servers(listed: Sequence[Endpoint]) -> list[str]:
    """Each twice: when all have failed a moment ago, requests go to them as before rather than nowhere."""
    tried = f"max_fails=1 fail_timeout={FAILED_SECONDS}s"
    lines = [f"server {one.address} {'down' if one.draining else tried};" for one in listed]
    return lines + [f"server {one.address} max_fails=0 backup;" for one in listed if not one.draining]
