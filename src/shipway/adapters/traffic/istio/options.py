"""What can be said about a VirtualService that carries requests."""

from shipway.adapters.traffic._kubernetes.options import ByWeight


class IstioOptions(ByWeight, frozen=True, kw_only=True):
    """One service's way in."""

    virtual_service: str
    """The user's VirtualService."""
    destination_rule: str
    """The user's DestinationRule of the host that it sends to."""
    route: str = ""
    """Which of its http routes, by name or by its number from 0; none: the only one."""
