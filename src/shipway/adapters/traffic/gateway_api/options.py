"""What can be said about an HTTPRoute that carries requests."""

from msgspec import Struct

from shipway.adapters.traffic._options import HealthCheck


class GatewayOptions(Struct, frozen=True, kw_only=True):
    """One service's way in."""

    route: str
    """The user's HTTPRoute."""
    url: str
    """Where users' requests enter, as this process reaches it."""
    rule: str = ""
    """Which of its rules, by name or by its number from 0; none: the only one."""
    preview: str | None = None
    """A host's name, under which the revision that `Route.preview` names answers."""
    mirror: int | None = None
    """The share of requests, of 100,000, that a release is to copy; only asked about here."""
    mirror_methods: str = "safe"
    """Of which; `all` for every one."""
    health: HealthCheck = HealthCheck()
    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
