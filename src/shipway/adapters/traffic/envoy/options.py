"""What can be said about Envoy."""

import os
from urllib.parse import urlsplit

from msgspec import Struct

from shipway.adapters.traffic._options import HealthCheck, Tls


class Retries(Struct, frozen=True, kw_only=True):
    """A request is sent again, to another replica, only if the first one cannot have seen it."""

    attempts_max: int = 3
    wait_seconds: float = 0.005
    """Before the first repetition, at most; it doubles each time."""
    wait_seconds_max: float = 0.05


class Tokens(Struct, frozen=True, kw_only=True):
    """Whose tokens are believed, and how they are verified."""

    issuer: str
    jwks: str
    """An absolute path, or an address."""
    audiences: tuple[str, ...] = ()
    """A token must name one of them; none: any."""
    cookie: str | None = None
    """Where tokens are too, beside `Authorization: Bearer`."""

    @property
    def is_remote(self) -> bool:
        """Whether Envoy asks an address for the keys."""
        return self.jwks.startswith(("https://", "http://"))


class EnvoyOptions(Struct, frozen=True, kw_only=True):
    """One service's way in. Addresses are `host:port`; a new one takes effect with the next route."""

    listen: str = "0.0.0.0:8080"
    preview: str | None = None
    """Where the revision that `Route.preview` names is looked at."""
    host: str | None = None
    """The name under which users reach the service; its certificate has to be for it."""
    path: str | None = None
    """Where the service's addresses begin. With a host or a path services may share one address."""
    tls: Tls | None = None
    tokens: Tokens | None = None
    """Whose claims may choose users; none: nobody's."""
    protocol: str = "http1"
    """What replicas speak: `http1`, `h2c` or `grpc`."""
    health: HealthCheck = HealthCheck()
    retries: Retries = Retries()
    slow_start: float = 0.0
    """Seconds over which a new replica's part of its revision's requests grows to the whole; 0 for at once."""
    connect_timeout_seconds: float = 1.0
    upstream_idle_seconds: float = 1.0
    """How long an unused connection to a replica is kept. It must be less than the replica keeps it, or a
    request may meet a connection that is just being closed (gunicorn: 2 s, uvicorn and Node.js: 5 s)."""
    revision_header: str = "x-shipway-revision"
    """Names the revision in every answer; empty for none."""
    sticky_seconds: int = 30 * 24 * 3600
    """How long a browser keeps the cookie that keeps its user on one revision."""
    concurrency: int | None = None
    """Worker threads; none for one per core, `CONCURRENCY_MAX` at most. Read when Envoy starts."""


CONCURRENCY_MAX = 8


def concurrency(options: EnvoyOptions) -> int:
    """Worker threads of the process."""
    return options.concurrency or min(_cores(), CONCURRENCY_MAX)


def _cores() -> int:
    """Those that we may use, where the system tells; macOS has no affinity."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def split_url(url: str) -> tuple[str, int, bool]:
    """`https://login.example.com/keys` as host, port and whether it is encrypted."""
    parts = urlsplit(url)
    is_encrypted = parts.scheme == "https"
    return parts.hostname or "", parts.port or (443 if is_encrypted else 80), is_encrypted
