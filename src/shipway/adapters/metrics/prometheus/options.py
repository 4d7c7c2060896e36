"""What is asked, and where."""

from collections.abc import Mapping

from msgspec import Struct

UNITS = {"s": 1.0, "ms": 1e-3}


class FlagQueries(Struct, frozen=True, kw_only=True):
    """Queries that have `{flag}`, and `{shown}` for `true` or `false`; otherwise as those of versions."""

    requests: str
    errors: str | None = None
    latency: str | None = None


class PrometheusOptions(Struct, frozen=True, kw_only=True):
    """Queries have `{version}`, `{revision}` and `{service}`; each gives raw counters, one per series."""

    url: str
    requests: str
    errors: str | None = None
    """None: the series of `requests` whose status is of class 5xx."""
    latency: str | None = None
    """Buckets of a classic histogram, or a native histogram."""
    latency_unit: str = "s"
    in_flight: str | None = None
    flags: FlagQueries | None = None
    """What is counted of users with and without a flag."""
    token: str | None = None
    """`env:NAME` or `file:PATH`, never the token."""
    headers: Mapping[str, str] = {}
    """References likewise; `text:` before a value that is no secret."""
    timeout: float = 5.0
    directory: str = "."
    """That of the release file: paths of credentials are relative to it."""

    @property
    def unit_seconds(self) -> float:
        """What one of the latency's units is in seconds."""
        return UNITS[self.latency_unit]

    @property
    def queries(self) -> dict[str, str]:
        """By the key of the release file, those that are written."""
        written = {key: getattr(self, key) for key in ("requests", "errors", "latency", "in_flight")}
        return {key: query for key, query in written.items() if query}
