"""The whole configuration of one home, from what was asked of its services."""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256

from shipway.adapters.traffic.nginx import certificate_files, copying
from shipway.adapters.traffic.nginx.places import TEMPORARY, Home
from shipway.adapters.traffic.nginx.program import workers
from shipway.adapters.traffic.nginx.servers import Servers
from shipway.adapters.traffic.nginx.state import State
from shipway.adapters.traffic.nginx.words import block

VERSION = "@version@"
VERSION_CHARACTERS = 16
ATTEMPTS_MAX = 4
"""Of a request that no replica can have seen yet."""
NOT_SENT = r"(?:\A|[ ,:])0\z"
"""Of `$upstream_bytes_sent`: the last attempt sent nothing."""
SHUTDOWN = "24h"
"""Workers of a former version may finish what they have: how long a drain takes is for the release to say."""


def configuration(home: Home, services: Mapping[str, State]) -> tuple[str, str]:
    """Its version, and its text, which carries the version: equal wishes have equal ones."""
    text = "\n".join(_lines(home, services)) + "\n"
    version = sha256(text.encode()).hexdigest()[:VERSION_CHARACTERS]
    return version, text.replace(VERSION, version)


def is_ours(text: str, version: str) -> bool:
    """Whether a text that should have this version is as it was written."""
    original = text.replace(version, VERSION)
    return sha256(original.encode()).hexdigest()[:VERSION_CHARACTERS] == version


def _lines(home: Home, services: Mapping[str, State]) -> Iterator[str]:
    yield f"# Written by Shipway, version {VERSION}; changed by hand it is drift."
    for name, state in services.items():
        yield f"# {name}: route {state.route_generation}, replicas {state.endpoints_generation}"
    yield "daemon off;"
    yield f'pid "{home.pid}";'
    yield f'error_log "{home.log}" error;'
    if os.geteuid() == 0:
        yield "user root;"  # else workers would be somebody who cannot read this home
    yield f"worker_processes {workers(services)};"
    yield f"worker_shutdown_timeout {SHUTDOWN};"
    yield "pcre_jit on;"
    yield from block("events", ["worker_connections 16384;"])
    yield from block("http", _http(home, services))


def _http(home: Home, services: Mapping[str, State]) -> Iterator[str]:
    yield from (f'{kind}_temp_path "{home.temporary / kind}";' for kind in TEMPORARY)
    yield from _defaults()
    unseen = [rf'"~(?:.*:){{{ATTEMPTS_MAX - 1}}}" given_up;', f'"~{NOT_SENT}" again;', "default given_up;"]
    yield from block("map $upstream_bytes_sent $after_attempt", ["volatile;", *unseen])
    yield from block("map $http_upgrade $upgrading", ["default upgrade;", '"" "";'])
    if any(state.route.mirror for state in services.values()):
        yield from copying.upstream(home)
    for number, (name, state) in enumerate(services.items()):
        yield from Servers(home, VERSION, service=name, number=number, state=state).lines()
    redirects = {tls.redirect_from: state.options for state in services.values() if (tls := state.options.tls)}
    for address, options in redirects.items():
        if address:
            yield from certificate_files.redirect(address, options)
    yield from block("server", _status(home))


def _defaults() -> Iterator[str]:
    """As little as possible stands between a request and its replica: no limits, no buffers, no changes."""
    yield "access_log off;"
    yield "server_tokens off;"
    yield "tcp_nodelay on;"
    yield "keepalive_requests 1000000000;"
    yield "client_max_body_size 0;"
    yield "client_body_buffer_size 64k;"
    yield "large_client_header_buffers 4 64k;"
    yield "underscores_in_headers on;"
    yield "ignore_invalid_headers off;"
    yield "merge_slashes off;"
    yield "map_hash_bucket_size 256;"
    yield "variables_hash_max_size 4096;"
    yield "server_names_hash_bucket_size 256;"
    yield "recursive_error_pages on;"
    yield "proxy_http_version 1.1;"
    yield "proxy_next_upstream off;"
    yield "proxy_buffering off;"
    yield "proxy_buffer_size 32k;"
    yield "proxy_buffers 8 32k;"
    yield f"proxy_read_timeout {SHUTDOWN};"
    yield f"proxy_send_timeout {SHUTDOWN};"
    yield "proxy_pass_header Server;"
    yield "proxy_pass_header Date;"
    yield "proxy_set_header Host $http_host;"
    yield "proxy_set_header Upgrade $http_upgrade;"
    yield "proxy_set_header Connection $upgrading;"
    yield "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    yield "proxy_set_header X-Forwarded-Proto $scheme;"
    yield f'proxy_set_header {copying.HEADER} "";'


def _status(home: Home) -> Iterator[str]:
    """What tells which version a worker runs, for this user alone: the folder is closed to others."""
    yield f'listen "unix:{home.status}";'
    yield from block("location = /version", [f'return 200 "{VERSION}";'])
