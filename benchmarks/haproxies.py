"""HAProxy as our adapter configures it, and as people write it by hand for the same work."""

import asyncio
from pathlib import Path

from benchmarks.envoys import CANDIDATE, COOKIE, HALF, SERVICE, STABLE
from benchmarks.peers import Programs
from benchmarks.serving import Server, free_port
from benchmarks.together import Started
from shipway.adapters.clock import WallClock
from shipway.adapters.traffic.haproxy import HaproxyOptions, HaproxyTraffic
from shipway.model.route import Endpoint, Route, Sticky

OURS, BY_HAND = "HAProxy by Shipway", "HAProxy by hand"
HAND = """\
global
  nbthread 1
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend users
  bind 127.0.0.1:{port}
  default_backend app
backend app
  balance roundrobin
  cookie {cookie} insert indirect nocache
  option httpchk GET /
  http-response set-header x-shipway-revision %[srv_name]
  server stable 127.0.0.1:{upstream} weight 50 cookie stable check inter 5s
  server candidate 127.0.0.1:{upstream} weight 50 cookie candidate check inter 5s
"""
"""Half of the users for each version, kept there by a cookie, with checks, the version's name and a log."""


def ours(folder: Path, upstream: int) -> Server:
    """A canary at half of the traffic, with sticky users: what the adapter makes of it, and nothing else."""
    return asyncio.run(_ours(folder, upstream))


async def _ours(folder: Path, upstream: int) -> Server:
    port = free_port()
    started = Started(OURS, port)
    options = HaproxyOptions(listen=f"127.0.0.1:{port}", threads=1)
    traffic = HaproxyTraffic(options, service=SERVICE, home=folder, supervisor=started, clock=WallClock())
    shares = {STABLE: HALF, CANDIDATE: HALF}
    address = f"127.0.0.1:{upstream}"
    await traffic.publish([Endpoint(revision=each, address=address) for each in shares], generation=1)
    await traffic.route(Route(shares=shares, sticky=Sticky(kind="cookie", name=COOKIE)), generation=2)
    return started.server


def by_hand(programs: Programs, folder: Path, upstream: int) -> Server:
    """The same work, written by hand."""
    port = free_port()
    path = folder / "haproxy-by-hand.cfg"
    path.write_text(HAND.format(port=port, upstream=upstream, cookie=COOKIE))
    command = [programs["haproxy"], "-db", "-f", str(path)]
    server = Server(BY_HAND.replace(" ", "-"), command, port=port, folder=folder)
    server.name = BY_HAND
    return server
