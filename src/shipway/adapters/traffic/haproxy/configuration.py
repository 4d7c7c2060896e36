"""`haproxy.cfg` of a home, made of what was asked of all its services (docs.haproxy.org, Configuration Manual).

The **frame** is what cannot be changed while HAProxy runs: addresses, checks, headers that are looked at. Its
digest is the process's description, so HAProxy itself tells which frame it runs. Replicas and shares change.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.haproxy import frontends, servers
from shipway.adapters.traffic.haproxy.options import HaproxyOptions, threads
from shipway.adapters.traffic.haproxy.places import HANDOVER, Home, Service
from shipway.adapters.traffic.haproxy.state import State

DIGEST_CHARACTERS = 16
FIRST_LINE = "# Made by Shipway from what was deployed; what is changed here by hand is lost."

Pair = tuple[Service, State]


def frame_of(home: Home, listed: Iterable[Pair]) -> str:
    """The digest of the frame."""
    content = "\n".join(_text(home, list(listed), frame="", replicas=False))
    return f"shipway-{sha256(content.encode()).hexdigest()[:DIGEST_CHARACTERS]}"


def configuration(home: Home, listed: Iterable[Pair]) -> bytes:
    """The whole file."""
    pairs = list(listed)
    lines = _text(home, pairs, frame=frame_of(home, pairs), replicas=True)
    return ("\n".join([FIRST_LINE, *lines]) + "\n").encode()


def _text(home: Home, pairs: list[Pair], *, frame: str, replicas: bool) -> Iterator[str]:
    yield from _global(frame, max((threads(state.options) for _, state in pairs), default=1))
    yield from _ring(home)
    yield from _defaults()
    redirects = {tls.redirect_from: state.options for _, state in pairs if (tls := state.options.tls)}
    for number, address in enumerate(sorted(filter(None, redirects))):
        yield from frontends.redirect(number, address, redirects[address])
    for service, state in pairs:
        yield from frontends.users(service, state)
        yield from frontends.preview(service, state)
        for number in range(1, state.slots_max + 1):
            yield from _backend(service, state, str(number), replicas=replicas)
        yield from _onward(service, state.options)


def _global(frame: str, threads_wanted: int) -> Iterator[str]:
    yield "global"
    if frame:
        yield f"  description {frame}"
    yield f"  nbthread {threads_wanted}"
    yield f"  server-state-file {HANDOVER}"
    yield "  stats timeout 1m"
    # A process that was replaced by a reload ends with its last connection, and at the latest then.
    yield "  hard-stop-after 1h"
    yield "  ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11 no-tls-tickets"


def _ring(home: Home) -> Iterator[str]:
    """Lines of requests that ended, on their way to the program that counts them."""
    yield "ring requests"
    yield "  format raw"
    yield "  maxlen 1024"
    yield "  size 4194304"
    yield "  timeout connect 1s"
    yield "  timeout server 24h"
    yield f"  server counting {quoted('unix@' + str(home.requests))}"


def _defaults() -> Iterator[str]:
    """No limit on how long an answer takes, or an upgraded connection lives."""
    yield "defaults"
    yield "  mode http"
    yield "  load-server-state-from-file global"
    yield "  timeout http-request 30s"
    yield "  timeout http-keep-alive 1h"
    yield "  timeout client 24h"
    yield "  timeout server 24h"
    yield "  timeout tunnel 24h"
    yield "  timeout connect 5s"
    yield "  option idle-close-on-response"


def _backend(service: Service, state: State, slot: str, *, replicas: bool) -> Iterator[str]:
    options = state.options
    yield f"backend {service.backend(slot)}"
    yield "  balance leastconn"
    yield f"  timeout connect {servers.milliseconds(options.connect_timeout_seconds)}"
    yield f"  timeout check {servers.milliseconds(options.health.timeout)}"
    # Only where the replica cannot have seen the request: nothing takes effect twice.
    yield f"  retries {options.attempts_max}"
    yield "  retry-on conn-failure"
    yield "  option redispatch 1"
    yield "  option httpchk"
    yield f"  http-check send meth GET uri {quoted(options.health.path)} ver HTTP/1.1 hdr host localhost"
    yield "  http-check expect status 200-399"
    yield f"  # each replica: {servers.terms(options)}"
    if replicas:
        revision = state.slots.get(slot)
        for endpoint in state.endpoints:
            if endpoint.revision == revision:
                yield f"  {servers.line(endpoint, options)}"


def _onward(service: Service, options: HaproxyOptions) -> Iterator[str]:
    """Where a process that was replaced by a reload sends what still comes on connections that clients kept: its
    own servers can be neither drained nor added any more."""
    host, port = split_address(options.listen)
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    encrypted = " ssl verify none" if options.tls else ""
    named = f" sni str({options.host})" if options.tls and options.host else ""
    yield f"backend {service.onward}"
    yield "  retry-on conn-failure"
    yield f"  server onward {f'[{here}]' if ':' in here else here}:{port}{encrypted}{named}"


def quoted(word: str) -> str:
    """One word of the configuration, whatever is in it."""
    return "'" + word.replace("'", "'\\''") + "'"
