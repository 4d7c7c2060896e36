"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.traffic._kubernetes.options import cluster_of
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.istio.adapter import IstioTraffic
from shipway.adapters.traffic.istio.options import IstioOptions


def build(options: Mapping[str, object], context: Context) -> IstioTraffic:
    """The way in of one service. Raises `PortError` for options that it does not understand."""
    chosen = options_of(options, health=context.health)
    return IstioTraffic(chosen, service=context.service, cluster=cluster_of(chosen), clock=context.clock)


def options_of(written: Mapping[str, object], *, health: Mapping[str, object] | None = None) -> IstioOptions:
    """From the release's own words. Raises `PortError`."""
    return read(written, IstioOptions, health=health or {}, below="traffic.istio")
