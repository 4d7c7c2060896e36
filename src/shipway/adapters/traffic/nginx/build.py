"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.nginx.adapter import NginxTraffic
from shipway.adapters.traffic.nginx.options import NginxOptions


def build(options: Mapping[str, object], context: Context) -> NginxTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    return NginxTraffic(
        options_of(options, health={}),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def options_of(written: Mapping[str, object], *, health: Mapping[str, object]) -> NginxOptions:
    """From the release's own words. Raises `PortError`. Probes are the platform's: nginx has no checks."""
    return read(written, NginxOptions, health=health, below="traffic.nginx")
