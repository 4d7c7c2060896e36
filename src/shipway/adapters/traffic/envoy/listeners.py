"""The listeners: where requests come in (envoyproxy.io, config.listener.v3).

They are made once. Changing one ends its connections, with the requests and streams on them; all that a
rollout changes is in the route configuration and the clusters instead.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.traffic._options import Tls, split_address
from shipway.adapters.traffic.envoy.bootstrap import watched
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home, Service, shared_name
from shipway.adapters.traffic.envoy.sharing import is_shared
from shipway.adapters.traffic.envoy.tls import inspector, transport_socket
from shipway.adapters.traffic.envoy.tokens import token_filter

EXTENSIONS = "type.googleapis.com/envoy.extensions.filters"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
HTTP_PORT, HTTPS_PORT = 80, 443
REQUEST_ID = "type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig"


def listeners(home: Home, service: Service, options: EnvoyOptions) -> Iterator[Json]:
    """The service's own, its preview's, and the one that sends plain HTTP on; those that it has."""
    if not is_shared(options):
        users = _listener(service.name, options.listen, _of_users(service, options))
        yield _with_tls(users, home, options.tls) if options.tls else users
    if options.preview:
        yield _listener(service.preview_name, options.preview, _routed(service.preview_name, service.preview))
    if options.tls and options.tls.redirect_from:
        name = home.redirect(options.tls)
        yield _listener(name, options.tls.redirect_from, _redirecting(name, options))


def _of_users(service: Service, options: EnvoyOptions) -> Json:
    return _verified(_routed(service.name, service.route, options.protocol), service, options)


def _verified(source: Json, service: Service, options: EnvoyOptions) -> Json:
    """Tokens are verified before anything else is asked."""
    if options.tokens is None:
        return source
    others = source.get("http_filters", [_router()])
    assert isinstance(others, list)
    return {**source, "http_filters": [token_filter(service), *others]}


def shared_chain(home: Home, service: Service, options: EnvoyOptions) -> Json:
    """What a service adds to the listener of a shared address: a chain for its host, or the plain one."""
    name = shared_name(options.listen)
    source = _verified(_routed(name, home.shared_route(options.listen), "grpc"), service, options)
    chain = {"name": chain_name(options), "filters": [{"name": "http", "typed_config": _http(name, source)}]}
    if options.tls is None:
        return chain
    match = {"filter_chain_match": {"server_names": [options.host]}} if options.host else {}
    return {**chain, **match, "transport_socket": transport_socket(home, options.tls)}


def chain_name(options: EnvoyOptions) -> str:
    """By what a client says before its first request."""
    return (options.host or "any host") if options.tls else "plain"


def shared_listener(address: str, chains: Sequence[Json], *, has_tls: bool) -> Json:
    """The listener of a shared address. Envoy leaves chains that did not change, and their connections, alone."""
    made = {**_listener(shared_name(address), address, {}), "filter_chains": chains}
    return {**made, "listener_filters": [inspector()]} if has_tls else made


def is_same(before: Json, after: Json) -> bool:
    """Whether a listener that is there can stay: it listens where it should, and speaks as it should."""
    return before.get("address") == after["address"] and _speech(before) == _speech(after)


def _speech(listener: Json) -> object:
    """What is told to the client before any request: the transport, and where a redirect leads."""
    chains = listener.get("filter_chains")
    assert isinstance(chains, list)
    if str(listener["name"]).startswith("redirect|"):
        return chains
    return [(chain.get("transport_socket"), _filters(chain)) for chain in chains]


def _filters(chain: Json) -> list[str]:
    """The names of the filters that a request goes through."""
    [http] = msgspec.convert(chain["filters"], list[_Filter])
    return [one.name for one in http.typed_config.http_filters]


class _HttpFilter(Struct, frozen=True):
    name: str


class _Http(Struct, frozen=True):
    http_filters: tuple[_HttpFilter, ...] = ()


class _Filter(Struct, frozen=True):
    typed_config: _Http


def _listener(name: str, address: str, source: Json) -> Json:
    host, port = split_address(address)
    http = {"name": "http", "typed_config": _http(name, source)}
    return {
        "@type": LISTENER,
        "name": name,
        "address": {"socket_address": {"address": host, "port_value": port, "ipv4_compat": host == "::"}},
        "filter_chains": [{"filters": [http]}],
    }


def _with_tls(listener: Json, home: Home, tls: Tls) -> Json:
    chains = listener["filter_chains"]
    assert isinstance(chains, list)
    encrypted = [{**chain, "transport_socket": transport_socket(home, tls)} for chain in chains]
    return {**listener, "listener_filters": [inspector()], "filter_chains": encrypted}


def _routed(name: str, route: Path, protocol: str = "http1") -> Json:
    found = {"rds": {"route_config_name": name, "config_source": watched(route)}}
    return {**found, "http_filters": [_grpc_statistics(), _router()]} if protocol == "grpc" else found


def _grpc_statistics() -> Json:
    """Counts requests by `grpc-status`, for each cluster: HTTP calls all of them 200."""
    return {
        "name": "envoy.filters.http.grpc_stats",
        "typed_config": {
            "@type": f"{EXTENSIONS}.http.grpc_stats.v3.FilterConfig",
            "stats_for_all_methods": False,
        },
    }


def _redirecting(name: str, options: EnvoyOptions) -> Json:
    """Every request is answered with the same address under https (RFC 9110, 15.4.9: the method stays)."""
    to: dict[str, object] = {"https_redirect": True, "response_code": "PERMANENT_REDIRECT"}
    _, port = split_address(options.listen)
    if port != HTTPS_PORT or not str(name).endswith(f":{HTTP_PORT}"):
        to["port_redirect"] = port
    host = {"name": name, "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "redirect": to}]}
    return {"route_config": {"name": name, "virtual_hosts": [host]}}


def _http(name: str, source: Json) -> Json:
    """Long answers and WebSockets live as long as both ends want; who asks is not believed about itself."""
    return {
        "@type": f"{EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "use_remote_address": True,
        "stream_idle_timeout": "0s",
        "request_timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        # The application's own words reach its users: nobody is to notice that Envoy stands between.
        "server_header_transformation": "PASS_THROUGH",
        "http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": "localhost"},
        # New users are told apart by this id, so it is made anew for each request; the rest costs time.
        "request_id_extension": {
            "typed_config": {
                "@type": REQUEST_ID,
                "pack_trace_reason": False,
                "use_request_id_for_trace_sampling": False,
            }
        },
        "http_filters": [_router()],
        **source,
    }


def _router() -> Json:
    router = {"@type": f"{EXTENSIONS}.http.router.v3.Router", "suppress_envoy_headers": True}
    return {"name": "router", "typed_config": router}
