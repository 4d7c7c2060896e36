"""What can be said about a Service that carries requests."""

from msgspec import Struct

from shipway.adapters.traffic._options import HealthCheck


class ServiceOptions(Struct, frozen=True, kw_only=True):
    """One service's way in."""

    name: str
    """The user's Service."""
    preview: str | None = None
    """A Service that Shipway makes, for the revision that `Route.preview` names."""
    url: str | None = None
    """Where this process reaches the Service; none: at its cluster address, or through the API server."""
    kept: bool = False
    """Whether it stays as it is, with the pods of all versions."""
    protocol: str = "http1"
    """What pods speak."""
    health: HealthCheck = HealthCheck()
    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
