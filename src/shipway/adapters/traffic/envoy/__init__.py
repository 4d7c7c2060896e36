"""Envoy on this machine (envoyproxy.io), configured by files that it watches.

Envoy keeps serving its last good configuration with none of our processes running, and comes back with it
after a restart. One Envoy per home; every service has its own listeners, routes and clusters. Why so, and
what was measured, is in `docs/decisions/0003-envoy-over-filesystem-xds.md`.
"""

from shipway.adapters.traffic._options import HealthCheck
from shipway.adapters.traffic.envoy.adapter import EnvoyTraffic
from shipway.adapters.traffic.envoy.build import build
from shipway.adapters.traffic.envoy.options import EnvoyOptions, Retries

__all__ = ["EnvoyOptions", "EnvoyTraffic", "HealthCheck", "Retries", "build"]
