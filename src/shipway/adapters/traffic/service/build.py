"""From the release file's words to the adapter."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.traffic._kubernetes.options import cluster_of
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.service.adapter import ServiceTraffic
from shipway.adapters.traffic.service.kept import KeptService
from shipway.adapters.traffic.service.options import ServiceOptions


def build(options: Mapping[str, object], context: Context) -> ServiceTraffic | KeptService:
    """The way in of one service. Raises `PortError` for options that it does not understand."""
    chosen = replace(options_of(options, health=context.health), protocol=context.protocol)
    made = KeptService if chosen.kept else ServiceTraffic
    return made(chosen, service=context.service, cluster=cluster_of(chosen), clock=context.clock)


def options_of(written: Mapping[str, object], *, health: Mapping[str, object] | None = None) -> ServiceOptions:
    """From the release's own words. Raises `PortError`."""
    return read(written, ServiceOptions, health=health or {}, below="traffic.service")
