"""The listeners: where requests come in (envoyproxy.io, config.listener.v3).

They are made once. Changing one ends its connections, with the requests and streams on them; all that a
rollout changes is in the route configuration and the clusters instead.
"""

from collections.abc import Iterator
from pathlib import Path

from shipway.adapters.traffic.envoy.bootstrap import watched
from shipway.adapters.traffic.envoy.files import Json
from shipway.adapters.traffic.envoy.options import EnvoyOptions, split_address
from shipway.adapters.traffic.envoy.places import Service

EXTENSIONS = "type.googleapis.com/envoy.extensions.filters"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
REQUEST_ID = "type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig"


def listeners(service: Service, options: EnvoyOptions) -> Iterator[Json]:
    """The service's own, and its preview's where it has one."""
    yield _listener(service.name, options.listen, service.route)
    if options.preview:
        yield _listener(service.preview_name, options.preview, service.preview)


def _listener(name: str, address: str, route: Path) -> Json:
    host, port = split_address(address)
    http = {"name": "http", "typed_config": _http(name, route)}
    return {
        "@type": LISTENER,
        "name": name,
        "address": {"socket_address": {"address": host, "port_value": port, "ipv4_compat": host == "::"}},
        "filter_chains": [{"filters": [http]}],
    }


def _http(name: str, route: Path) -> Json:
    """Long answers and WebSockets live as long as both ends want; who asks is not believed about itself."""
    return {
        "@type": f"{EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "rds": {"route_config_name": name, "config_source": watched(route)},
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
        "http_filters": [{"name": "router", "typed_config": _router()}],
    }


def _router() -> Json:
    return {"@type": f"{EXTENSIONS}.http.router.v3.Router", "suppress_envoy_headers": True}
