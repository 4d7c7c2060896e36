"""What is asked of a JSON service, and the adapter."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from shipway.adapters.context import Context
from shipway.adapters.metrics._intervals import Pace
from shipway.adapters.metrics._options import options_of
from shipway.adapters.metrics._points import PointSource, Wanted
from shipway.adapters.metrics.http.api import JsonService
from shipway.adapters.web.client import Client
from shipway.adapters.web.credentials import Credentials
from shipway.ports.clock import Clock


class HttpOptions(Struct, frozen=True, kw_only=True):
    """A query is an address below `url`, a space, and a JMESPath expression."""

    url: str
    requests: str
    errors: str
    latency: Mapping[float, str] = {}
    in_flight: str | None = None
    token: str | None = None
    headers: Mapping[str, str] = {}
    interval: float = 60.0
    lateness: float = 60.0
    timeout: float = 10.0
    directory: str = "."


def build(options: Mapping[str, object], context: Context) -> PointSource:
    """The metrics of one service. Raises `PortError` for options that it does not understand."""
    read = options_of(options, HttpOptions, name="http")
    return opened(read, service=context.service, clock=context.clock)


def opened(options: HttpOptions, *, service: str, clock: Clock) -> PointSource:
    """The adapter for typed options. It asks nothing yet."""
    credentials = Credentials(options.headers, directory=Path(options.directory), bearer=options.token)
    client = Client(options.url, credentials, name="The source", clock=clock, timeout_seconds=options.timeout)
    wanted = Wanted(
        requests=options.requests,
        errors=options.errors,
        latency=options.latency,
        in_flight=options.in_flight,
    )
    pace = Pace(interval_seconds=options.interval, lateness_seconds=options.lateness)
    return PointSource(JsonService(client), wanted, pace, service=service, clock=clock)
