"""From the release file's words to the adapter."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic._options import read
from shipway.adapters.traffic.envoy.adapter import EnvoyTraffic
from shipway.adapters.traffic.envoy.options import EnvoyOptions


def build(options: Mapping[str, object], context: Context) -> EnvoyTraffic:
    """The data plane of one service. Raises `PortError` for options that it does not understand."""
    return EnvoyTraffic(
        replace(options_of(options, health=context.health), protocol=context.protocol),
        service=context.service,
        home=context.home,
        supervisor=Supervisor(context.home),
        clock=context.clock,
    )


def options_of(written: Mapping[str, object], *, health: Mapping[str, object]) -> EnvoyOptions:
    """From the release's own words and its probes. Raises `PortError`."""
    options = read(written, EnvoyOptions, health=health, below="traffic.envoy")
    if tokens := options.tokens:
        folder = Path(str(written.get("directory", ".")))
        jwks = tokens.jwks if tokens.is_remote else str(folder / tokens.jwks)
        options = replace(options, tokens=replace(tokens, jwks=jwks))
    return options
