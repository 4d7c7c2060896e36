"""From the release file's words to the adapter."""

from collections.abc import Mapping

from shipway.adapters.context import Context
from shipway.adapters.platforms.process.options import process_options
from shipway.adapters.platforms.process.platform import ProcessPlatform
from shipway.adapters.replicas.health import HealthOptions, health


def build(options: Mapping[str, object], context: Context) -> ProcessPlatform:
    """`options` are those below `platform: process:`; `replicas` belongs to the plan, not to us."""
    return ProcessPlatform(
        process_options(options),
        health(context.health, HealthOptions()),
        service=context.service,
        home=context.home,
        clock=context.clock,
    )
