"""What is asked of CloudWatch, and the adapter."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.context import Context
from shipway.adapters.metrics._intervals import Pace
from shipway.adapters.metrics._options import options_of
from shipway.adapters.metrics._points import PointSource, Wanted
from shipway.adapters.metrics.cloudwatch.api import CloudWatch
from shipway.adapters.metrics.cloudwatch.client import AwsClient
from shipway.ports.clock import Clock


class CloudWatchOptions(Struct, frozen=True, kw_only=True):
    """A query is `Namespace Metric Dimension=Value …`, or an expression of Metrics Insights or metric math."""

    region: str
    requests: str
    errors: str
    latency: str | None = None
    """A metric in seconds."""
    bounds: tuple[float, ...] = ()
    in_flight: str | None = None
    profile: str | None = None
    url: str | None = None
    interval: float = 60.0
    lateness: float = 180.0
    timeout: float = 10.0
    directory: str = "."


def build(options: Mapping[str, object], context: Context) -> PointSource:
    """The metrics of one service. Raises `PortError` for options that it does not understand."""
    read = options_of(options, CloudWatchOptions, name="cloudwatch")
    return opened(read, service=context.service, clock=context.clock)


def opened(options: CloudWatchOptions, *, service: str, clock: Clock) -> PointSource:
    """The adapter for typed options. It asks nothing yet."""
    latency = options.latency
    wanted = Wanted(
        requests=options.requests,
        errors=options.errors,
        latency={bound: f"{latency} @TC(:{bound:g})" for bound in options.bounds} if latency else {},
        in_flight=f"{options.in_flight} @Maximum" if options.in_flight else None,
    )
    client = AwsClient(
        options.region,
        profile=options.profile,
        url=options.url,
        clock=clock,
        timeout_seconds=options.timeout,
    )
    pace = Pace(interval_seconds=options.interval, lateness_seconds=options.lateness)
    return PointSource(CloudWatch(client, pace), wanted, pace, service=service, clock=clock)
