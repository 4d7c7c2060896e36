"""What can be said about a Service that carries requests."""

from shipway.adapters.traffic._kubernetes.options import ToPods


class ServiceOptions(ToPods, frozen=True, kw_only=True):
    """One service's way in."""

    name: str
    """The user's Service."""
    url: str | None = None
    """Where this process reaches the Service; none: at its cluster address, or through the API server."""
    kept: bool = False
    """Whether it stays as it is, with the pods of all versions."""
    protocol: str = "http1"
    """What pods speak."""
