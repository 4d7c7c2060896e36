"""From the release file's words to the adapter."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.haproxy.adapter import HaproxyTraffic
from shipway.adapters.traffic.haproxy.existing.adapter import ExistingHaproxyTraffic
from shipway.adapters.traffic.haproxy.existing.options import ExistingOptions
from shipway.adapters.traffic.haproxy.options import HaproxyOptions


def build(options: Mapping[str, object], context: Context) -> HaproxyTraffic | ExistingHaproxyTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    if existing := existing_options(options):
        return ExistingHaproxyTraffic(existing, service=context.service, home=context.home, clock=context.clock)
    return HaproxyTraffic(
        replace(options_of(options, health=context.health), protocol=context.protocol),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def existing_options(written: Mapping[str, object]) -> ExistingOptions | None:
    """Where an HAProxy that runs already is steered; none where Shipway runs its own."""
    if not written.get("socket"):
        return None
    return ExistingOptions(socket=str(written["socket"]), backend=str(written.get("backend")))


def options_of(written: Mapping[str, object], *, health: Mapping[str, object]) -> HaproxyOptions:
    """From the release's own words and its probes. Raises `PortError`."""
    return read(written, HaproxyOptions, health=health, below="traffic.haproxy")
