"""From the release file's words to the adapter."""

from collections.abc import Mapping

import msgspec

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.nginx.adapter import NginxTraffic
from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.errors import PortError


def build(options: Mapping[str, object], context: Context) -> NginxTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    return NginxTraffic(
        options_of(options),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def options_of(written: Mapping[str, object]) -> NginxOptions:
    """From the release's own words. Raises `PortError`."""
    try:
        return msgspec.convert(written, NginxOptions, strict=False)
    except msgspec.ValidationError as error:
        raise PortError(
            "the options of traffic.nginx cannot be read",
            where="traffic.nginx",
            why=str(error),
            fix="Correct them in the release file, and deploy again.",
        ) from error
