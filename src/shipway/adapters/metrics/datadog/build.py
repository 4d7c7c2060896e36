"""What is asked of Datadog, and the adapter."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from shipway.adapters.context import Context
from shipway.adapters.metrics._intervals import Pace
from shipway.adapters.metrics._options import options_of
from shipway.adapters.metrics._points import PointSource, Wanted
from shipway.adapters.metrics.datadog.api import Datadog
from shipway.adapters.web.client import Client
from shipway.adapters.web.credentials import Credentials
from shipway.ports.clock import Clock


class DatadogOptions(Struct, frozen=True, kw_only=True):
    """Queries are Datadog's; `.as_count()` makes each point a number of requests."""

    url: str
    requests: str
    errors: str
    latency: Mapping[float, str] = {}
    """By bound in seconds: requests that took at most that long."""
    in_flight: str | None = None
    api_key: str
    app_key: str
    interval: float = 10.0
    lateness: float = 60.0
    timeout: float = 10.0
    directory: str = "."


def build(options: Mapping[str, object], context: Context) -> PointSource:
    """The metrics of one service. Raises `PortError` for options that it does not understand."""
    read = options_of(options, DatadogOptions, name="datadog")
    return opened(read, service=context.service, clock=context.clock)


def opened(options: DatadogOptions, *, service: str, clock: Clock) -> PointSource:
    """The adapter for typed options. It asks nothing yet."""
    references = {"dd-api-key": options.api_key, "dd-application-key": options.app_key}
    credentials = Credentials(references, directory=Path(options.directory))
    client = Client(options.url, credentials, name="Datadog", clock=clock, timeout_seconds=options.timeout)
    wanted = Wanted(
        requests=options.requests,
        errors=options.errors,
        latency=options.latency,
        in_flight=options.in_flight,
    )
    pace = Pace(interval_seconds=options.interval, lateness_seconds=options.lateness)
    return PointSource(Datadog(client, pace), wanted, pace, service=service, clock=clock)
