"""nginx as our adapter configures it, and as people do by hand for the same release."""

import asyncio
from pathlib import Path

from benchmarks.envoys import CANDIDATE, COOKIE, HALF, SERVICE, STABLE
from benchmarks.peers import FOREVER, KEPT, NGINX, Programs
from benchmarks.serving import Server, free_port
from benchmarks.together import Started
from shipway.adapters.clock import WallClock
from shipway.adapters.traffic.nginx import NginxOptions, NginxTraffic
from shipway.model.route import Endpoint, Route, Sticky

OURS, BY_HAND = "nginx by Shipway", "nginx by hand"
BODY = """\
map $cookie_shipway $user {{ "" $request_id; default $cookie_shipway; }}
  split_clients $user $version {{ 50% candidate; * stable; }}
  map $cookie_shipway $cookie {{ "" "shipway=$request_id; Path=/; Max-Age=2592000; HttpOnly"; default ""; }}
  upstream stable {{ server 127.0.0.1:{upstream}; keepalive {kept}; }}
  upstream candidate {{ server 127.0.0.1:{upstream}; keepalive {kept}; }}
  server {{
    listen 127.0.0.1:{port};
    access_log {folder}/by-hand.log;
    add_header Set-Cookie $cookie;
    location / {{
      proxy_pass http://$version; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}"""
"""A canary at half of the traffic that keeps users by a cookie, with the log that Debian's file has."""


def ours(folder: Path, upstream: int) -> Server:
    """A canary at half of the traffic, with sticky users: what the adapter makes of it, and nothing else."""
    return asyncio.run(_ours(folder, upstream))


async def _ours(folder: Path, upstream: int) -> Server:
    port = free_port()
    started = Started(OURS, port)
    options = NginxOptions(listen=f"127.0.0.1:{port}", concurrency=1)
    traffic = NginxTraffic(options, service=SERVICE, home=folder, supervisor=started, clock=WallClock())
    shares = {STABLE: HALF, CANDIDATE: HALF}
    address = f"127.0.0.1:{upstream}"
    await traffic.publish([Endpoint(revision=each, address=address) for each in shares], generation=1)
    await traffic.route(Route(shares=shares, sticky=Sticky(kind="cookie", name=COOKIE)), generation=2)
    return started.server


def by_hand(programs: Programs, folder: Path, upstream: int) -> Server:
    """What a person would write for it."""
    port = free_port()
    body = BODY.format(port=port, upstream=upstream, kept=KEPT, folder=folder)
    path = folder / "by-hand.conf"
    path.write_text(NGINX.format(folder=folder, port=port, forever=FOREVER, body=body))
    server = Server(BY_HAND.replace(" ", "-"), [programs["nginx"], "-c", str(path)], port=port, folder=folder)
    server.name = BY_HAND
    return server
