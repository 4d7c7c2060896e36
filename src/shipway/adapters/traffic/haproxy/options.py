"""What can be said about HAProxy."""

import os

from msgspec import Struct

from shipway.adapters.traffic._options import HealthCheck, Tls

THREADS_MAX = 8


class HaproxyOptions(Struct, frozen=True, kw_only=True):
    """One service's way in. Addresses are `host:port`."""

    listen: str = "0.0.0.0:8080"
    preview: str | None = None
    """Where the revision that `Route.preview` names is looked at."""
    host: str | None = None
    """The name that the certificate has to be for."""
    tls: Tls | None = None
    protocol: str = "http1"
    """What replicas speak: `http1` or `h2c`."""
    health: HealthCheck = HealthCheck()
    slow_start: float = 0.0
    """Seconds over which a new replica's part of its revision's requests grows to the whole; 0 for at once."""
    connect_timeout_seconds: float = 1.0
    attempts_max: int = 3
    """How often a request is sent again, to other replicas, whose connections were refused."""
    purge_seconds: float = 0.25
    """Each time, half of the connections to a replica that nobody needs are closed: a replica that closes
    them itself after two seconds or more does not meet a request on one."""
    revision_header: str = "x-shipway-revision"
    """Names the revision in every answer; empty for none."""
    sticky_seconds: int = 30 * 24 * 3600
    """How long a browser keeps the cookie that keeps its user on one revision."""
    threads: int | None = None
    """Of the process; none for one per core, `THREADS_MAX` at most. The most that a service asks for."""


def threads(options: HaproxyOptions) -> int:
    """What the process gets for this service."""
    return options.threads or min(len(os.sched_getaffinity(0)), THREADS_MAX)
