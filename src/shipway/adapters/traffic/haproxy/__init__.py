"""HAProxy on this machine (haproxy.org), steered over the socket of its master while it runs.

A release changes maps and servers of the running process, and never reloads it. What runs is also written down,
so HAProxy comes back with it, without us. One HAProxy per home; every service has its own frontend and backends.
Why so, and what it cannot do, is in `docs/decisions/0046-haproxy.md`.
"""

from shipway.adapters.traffic.haproxy.adapter import HaproxyTraffic
from shipway.adapters.traffic.haproxy.build import build
from shipway.adapters.traffic.haproxy.options import HaproxyOptions

__all__ = ["HaproxyOptions", "HaproxyTraffic", "build"]
