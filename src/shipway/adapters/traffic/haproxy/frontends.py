"""Where users come in: which revision a request goes to, and what is told about it.

A request's way is decided by one look into one map, so it is of one generation. The variable `txn.to` is what the
map says: `2/1.9.0-7f3a91c2`, a slot and its revision.
"""

from collections.abc import Iterator

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.haproxy.maps import PREVIEW, STICKY, choice_key
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import ONWARD, Service, certificate_name
from shipway.adapters.traffic.haproxy.state import State
from shipway.model.share import TOTAL

NOTHING_DEPLOYED = "shipway: nothing is deployed yet"
NO_PREVIEW = "shipway: no version is in preview"
CHOSEN = "{ var(txn.to) -m found }"


def users(service: Service, state: State) -> Iterator[str]:
    """The service's own frontend, which logs each request that ended."""
    options = state.options
    yield f"frontend {service.name}"
    yield f"  bind {_bind(options.listen, options)}"
    yield "  log ring@requests local0"
    yield f'  log-format "{service.name} %[var(txn.to),field(2,/)] %si:%sp %ST %ts %Ta %TR"'
    yield from _chosen(service, state)
    yield from _everyone(service, state)
    yield from _onward(service, options, otherwise=NOTHING_DEPLOYED)


def preview(service: Service, state: State) -> Iterator[str]:
    """One revision and nothing else; what is asked here is nobody's request."""
    if state.options.preview is None:
        return
    yield f"frontend {service.name}:preview"
    yield f"  bind {state.options.preview}"
    yield "  no log"
    yield f"  http-request set-var(txn.to) str({PREVIEW}),map_str({service.choices_name})"
    yield from _onward(service, state.options, otherwise=NO_PREVIEW)


def redirect(number: int, address: str, options: HaproxyOptions) -> Iterator[str]:
    """Plain HTTP is answered with the address that has TLS."""
    _, port = split_address(options.listen)
    at = "" if port == 443 else f":{port}"
    yield f"frontend to-tls:{number}"
    yield f"  bind {address}"
    yield "  no log"
    yield f"  http-request redirect code 308 location https://%[req.hdr(host),field(1,:)]{at}%[capture.req.uri]"


def _bind(address: str, options: HaproxyOptions) -> str:
    if options.tls is None:
        return address
    return (
        f"{address} ssl crt {certificate_name(options.tls)} alpn h2,http/1.1 "
        f"ssl-min-ver TLSv{options.tls.min_version}"
    )


def _chosen(service: Service, state: State) -> Iterator[str]:
    """Users with a value that a rule names. HAProxy has only maps that some line names, so one always does."""
    if not state.names:
        yield f"  http-request set-var(txn.to) str(nobody),map_str({service.choices_name}) if {{ always_false }}"
    rules = [(kind, name) for kind, name in state.names if not kind.startswith(STICKY)]
    for number, (kind, name) in enumerate(rules):
        found = f"req.fhdr({name})" if kind == "header" else f"req.cook({name})"
        looked_up = f"str({choice_key(kind, name)}),concat(,txn.v{number},),map_str({service.choices_name})"
        yield f"  http-request set-var(txn.v{number}) {found},base64"
        yield f"  http-request set-var(txn.to) {looked_up} if !{CHOSEN} {{ var(txn.v{number}) -m found }}"


def _everyone(service: Service, state: State) -> Iterator[str]:
    """By a number drawn for each request, or by what keeps a user in place."""
    kept = [(kind.partition(" ")[2], name) for kind, name in state.names if kind.startswith(STICKY)]
    if not kept:
        yield f"  http-request set-var(txn.to) rand({TOTAL}),map_int({service.shares_name}) if !{CHOSEN}"
        return
    yield f"  http-request set-var(txn.sticky) str({STICKY}),map_str({service.choices_name}) if !{CHOSEN}"
    for kind, name in kept:
        yield from _id(kind, name, state.options)
    yield f"  http-request set-var(txn.place) var(txn.id),xxh32,mod({TOTAL}) if {{ var(txn.id) -m found }}"
    yield f"  http-request set-var(txn.place) rand({TOTAL}) if !{{ var(txn.place) -m found }}"
    yield f"  http-request set-var(txn.to) var(txn.place),map_int({service.shares_name}) if !{CHOSEN}"


def _id(kind: str, name: str, options: HaproxyOptions) -> Iterator[str]:
    """Who has the cookie is placed by it; who has none is placed by a new id, which becomes the cookie."""
    is_this = f"{{ var(txn.sticky) -m str {kind}/{name} }}"
    if kind == "header":
        yield f"  http-request set-var(txn.id) req.fhdr({name}) if {is_this}"
        return
    is_new = "{ var(txn.new) -m found }"
    yield f"  http-request set-var(txn.id) req.cook({name}) if {is_this}"
    yield f"  http-request set-var(txn.new) uuid() if {is_this} !{{ var(txn.id) -m len gt 0 }}"
    yield f"  http-request set-var(txn.id) var(txn.new) if {is_new}"
    keep = f"Path=/; Max-Age={options.sticky_seconds}; HttpOnly; SameSite=Lax"
    said = f'"{name}=%[var(txn.new)]; {keep}"'
    yield f"  http-response add-header set-cookie {said} if {is_new} {is_this}"


def _onward(service: Service, options: HaproxyOptions, *, otherwise: str) -> Iterator[str]:
    yield f'  http-request return status 503 content-type text/plain string "{otherwise}\\n" if !{CHOSEN}'
    if options.revision_header:
        is_here = f"!{{ var(txn.to) -m beg {ONWARD} }}"
        yield f"  http-response set-header {options.revision_header} %[var(txn.to),field(2,/)] if {is_here}"
    yield f"  use_backend {service.name}:%[var(txn.to),field(1,/)]"
