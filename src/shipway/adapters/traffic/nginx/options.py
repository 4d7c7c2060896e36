"""What can be said about nginx."""

from msgspec import Struct

from shipway.adapters.traffic._options import Tls


class NginxOptions(Struct, frozen=True, kw_only=True):
    """One service's way in. Addresses are `host:port`; a new one takes effect with the next route."""

    listen: str = "0.0.0.0:8080"
    preview: str | None = None
    """Where the revision that `Route.preview` names is looked at."""
    host: str | None = None
    """The name that the certificate has to be for."""
    tls: Tls | None = None
    connect_timeout_seconds: float = 1.0
    upstream_idle_seconds: float = 1.0
    """How long an unused connection to a replica is kept. It must be less than the replica keeps it, or a
    request may meet a connection that is just being closed (gunicorn: 2 s, uvicorn and Node.js: 5 s)."""
    revision_header: str = "x-shipway-revision"
    """Names the revision in every answer."""
    sticky_seconds: int = 30 * 24 * 3600
    """How long a browser keeps the cookie that keeps its user on one revision."""
    concurrency: int | None = None
    """Worker processes; none for one per core, at most `CONCURRENCY_MAX`."""
