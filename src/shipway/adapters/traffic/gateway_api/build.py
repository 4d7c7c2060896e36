"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.traffic._kubernetes.options import cluster_of
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.gateway_api.adapter import GatewayTraffic
from shipway.adapters.traffic.gateway_api.options import GatewayOptions


def build(options: Mapping[str, object], context: Context) -> GatewayTraffic:
    """The way in of one service. Raises `PortError` for options that it does not understand."""
    chosen = options_of(options, health=context.health)
    return GatewayTraffic(chosen, service=context.service, cluster=cluster_of(chosen), clock=context.clock)


def options_of(written: Mapping[str, object], *, health: Mapping[str, object] | None = None) -> GatewayOptions:
    """From the release's own words. Raises `PortError`."""
    return read(written, GatewayOptions, health=health or {}, below="traffic.gateway_api")
