"""From the release file's words to the adapter."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.haproxy.adapter import HaproxyTraffic
from shipway.adapters.traffic.haproxy.options import HaproxyOptions


def build(options: Mapping[str, object], context: Context) -> HaproxyTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    return HaproxyTraffic(
        replace(options_of(options, health=context.health), protocol=context.protocol),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def options_of(written: Mapping[str, object], *, health: Mapping[str, object]) -> HaproxyOptions:
    """From the release's own words and its probes. Raises `PortError`."""
    return read(written, HaproxyOptions, health=health, below="traffic.haproxy")
