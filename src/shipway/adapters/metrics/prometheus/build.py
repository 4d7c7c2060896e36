"""From the release file's words to the adapter."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from shipway.adapters.context import Context
from shipway.adapters.metrics._options import options_of
from shipway.adapters.metrics.prometheus.api import Api
from shipway.adapters.metrics.prometheus.exposed import PrometheusExposures
from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.adapters.metrics.prometheus.source import Prometheus
from shipway.adapters.web.client import Client
from shipway.adapters.web.credentials import Credentials
from shipway.ports.clock import Clock


def build(options: Mapping[str, object], context: Context) -> Prometheus:
    """The metrics of one service. Raises `PortError` for options that it does not understand."""
    read = options_of(options, PrometheusOptions, name="prometheus")
    source = opened(read, service=context.service, clock=context.clock)
    if read.flags is not None:
        source.exposures = PrometheusExposures(read, partial(Prometheus, api=source.api, service=context.service))
    return source


def opened(options: PrometheusOptions, *, service: str, clock: Clock) -> Prometheus:
    """The adapter for typed options. It asks nothing yet."""
    client = Client(
        options.url,
        Credentials(options.headers, directory=Path(options.directory), bearer=options.token),
        name="Prometheus",
        clock=clock,
        timeout_seconds=options.timeout,
    )
    return Prometheus(options, Api(client), service=service)
