"""What can be said about an HTTPRoute that carries requests."""

from shipway.adapters.traffic._kubernetes.options import ByWeight


class GatewayOptions(ByWeight, frozen=True, kw_only=True):
    """One service's way in."""

    route: str
    """The user's HTTPRoute."""
    rule: str = ""
    """Which of its rules, by name or by its number from 0; none: the only one."""
