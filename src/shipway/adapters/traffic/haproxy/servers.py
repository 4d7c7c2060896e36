"""Replicas in HAProxy's words, as lines of its configuration and as commands while it runs."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Service
from shipway.adapters.traffic.haproxy.state import State
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint

MAINTENANCE, DRAINED = 0x01 | 0x02 | 0x20 | 0x40, 0x08 | 0x10
"""Bits of `srv_admin_state` (management guide, `show servers state`)."""
STOPPED = 0
"""`srv_op_state` of a server that its checks, or its maintenance, keep from requests."""


class Server(Struct, frozen=True):
    """One server of one backend, as HAProxy tells it."""

    backend: str
    name: str
    address: str
    operation: int
    administration: int
    weight: int
    in_flight: int

    @property
    def revision(self) -> RevisionId:
        """Its name begins with it."""
        return RevisionId(self.name.partition(":")[0])

    @property
    def is_gone(self) -> bool:
        """It gets nothing new, and is taken away when its last request is over."""
        return bool(self.administration & MAINTENANCE)

    @property
    def is_draining(self) -> bool:
        """It gets nothing new because we said so, well or not."""
        return bool(self.administration & DRAINED) or not self.weight

    @property
    def is_healthy(self) -> bool:
        """Whether HAProxy's own checks let it have requests."""
        return self.operation != STOPPED

    @property
    def endpoint(self) -> Endpoint:
        """As it was published."""
        return Endpoint(revision=self.revision, address=self.address, draining=self.is_draining)


def name(endpoint: Endpoint) -> str:
    """`1.9.0-7f3a91c2:127.0.0.1:20001`."""
    host, port = split_address(endpoint.address)
    return f"{endpoint.revision}:{host}:{port}"


def line(endpoint: Endpoint, options: HaproxyOptions) -> str:
    """A server of the configuration; one that drains begins without a weight."""
    drains = " weight 0" if endpoint.draining else ""
    return f"server {name(endpoint)} {endpoint.address} {terms(options)}{drains}"


def terms(options: HaproxyOptions) -> str:
    """What is said of every replica."""
    health = options.health
    terms = [
        f"check inter {milliseconds(health.period)} fastinter {milliseconds(min(health.period, 1.0))}",
        f"downinter {milliseconds(min(health.period, 1.0))} fall {health.failure_threshold} rise 1",
        f"pool-purge-delay {milliseconds(options.purge_seconds)}",
    ]
    if options.slow_start:
        terms.append(f"slowstart {milliseconds(options.slow_start)}")
    if options.protocol == "h2c":
        terms.append("proto h2 check-proto h2")
    return " ".join(terms)


def milliseconds(seconds: float) -> str:
    """A time as HAProxy reads it."""
    return f"{round(seconds * 1000)}ms"


def commands(service: Service, state: State, seen: Iterable[Server]) -> Iterator[str]:
    """What brings the servers that are seen to those that were asked for. A replica in hand is never cut off."""
    wanted = {(service.backend(state.slot_of(one.revision)), name(one)): one for one in state.endpoints}
    known = {(server.backend, server.name): server for server in seen}
    for (backend, called), endpoint in wanted.items():
        yield from _kept(f"{backend}/{called}", endpoint, known.get((backend, called)), state.options)
    for (backend, called), server in known.items():
        if (backend, called) not in wanted:
            yield from _taken_away(f"{backend}/{called}", server)


def _kept(path: str, endpoint: Endpoint, server: Server | None, options: HaproxyOptions) -> Iterator[str]:
    if server is None:
        yield f"add server {path} {endpoint.address} {terms(options)}"
        yield f"enable health {path}"
    if endpoint.draining:
        if server is None or not server.is_draining:
            yield f"set server {path} state drain"
    elif server is None or server.is_gone or server.is_draining:
        yield f"set server {path} weight 1"
        yield f"set server {path} state ready"
    if server is None:
        # HAProxy would take a new one out at its first failed check, however many are allowed.
        yield f"set server {path} health up"


def _taken_away(path: str, server: Server) -> Iterator[str]:
    if not server.is_gone:
        yield f"set server {path} state maint"
    if not server.in_flight:
        yield f"del server {path}"


def by_address(servers: Iterable[Server]) -> Mapping[str, int]:
    """Requests in flight."""
    found: dict[str, int] = {}
    for server in servers:
        found[server.address] = found.get(server.address, 0) + server.in_flight
    return found
