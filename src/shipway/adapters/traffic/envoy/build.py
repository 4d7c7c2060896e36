"""From the release file's words to the adapter."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from shipway.adapters.context import Context
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.envoy.adapter import EnvoyTraffic
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.errors import PortError


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
    ready = health.get("ready")
    options = _convert({**written, "health": ready if isinstance(ready, Mapping) else {}})
    folder = Path(str(written.get("directory", ".")))
    if tokens := options.tokens:
        jwks = tokens.jwks if tokens.is_remote else str(folder / tokens.jwks)
        options = replace(options, tokens=replace(tokens, jwks=jwks))
    if options.tls is None:
        return options
    tls = replace(options.tls, cert=str(folder / options.tls.cert), key=str(folder / options.tls.key))
    return replace(options, tls=tls)


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
