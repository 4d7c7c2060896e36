"""From the release file's words to the adapter."""

from collections.abc import Mapping

import msgspec

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.envoy.adapter import EnvoyTraffic
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.errors import PortError


def build(options: Mapping[str, object], context: Context) -> EnvoyTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    ready = context.health.get("ready")
    return EnvoyTraffic(
        _convert({**options, "health": ready if isinstance(ready, Mapping) else {}}),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def _convert(written: Mapping[str, object]) -> EnvoyOptions:
    try:
        return msgspec.convert(written, EnvoyOptions, strict=False)
    except msgspec.ValidationError as error:
        raise PortError(
            "the options of traffic.envoy cannot be read",
            where="traffic.envoy",
            why=str(error),
            fix="Correct them in the release file, and deploy again.",
        ) from error
