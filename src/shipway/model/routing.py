"""What the data plane confirmed, as an interval over all its proxies."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.certificate import Certificate
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import Share


class Routing(Struct, frozen=True, kw_only=True):
    """0% means the highest is 0; 100% means the lowest is 100%."""

    at: float
    lowest: Mapping[RevisionId, Share] = {}
    highest: Mapping[RevisionId, Share] = {}
    confirmed: Route | None = None
    """The route that every proxy runs; none while they differ or before the first."""
    generation: int = 0
    """The oldest route generation that some proxy still runs."""
    endpoints: tuple[Endpoint, ...] | None = None
    """What every proxy knows; none where the platform itself feeds the data plane."""
    endpoints_generation: int = 0
    unhealthy: tuple[str, ...] = ()
    """Addresses that the proxies' own checks keep from requests, though they are known and may not drain."""
    has_checks: bool = True
    """Whether the proxies check replicas; where they do not, one that is not ready is told as draining."""
    in_flight: Mapping[str, int] = {}
    """By address: requests not yet answered, for endpoints that drain."""
    certificate: Certificate | None = None
    """What users' connections are encrypted with; none where they are not, or not here."""
    problems: tuple[str, ...] = ()
    """What is not as it should be though requests are served, in a sentence each."""
    foreign: tuple[str, ...] = ()
    """What other hands changed, in a sentence each."""
