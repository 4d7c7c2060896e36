"""How requests are divided: the whole wish for the data plane, never a delta."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.revision import RevisionId
from shipway.model.share import Share


class UserRule(Struct, frozen=True, kw_only=True):
    """Chosen users: requests whose header, cookie or token's claim has exactly this value go to one revision."""

    kind: str
    """`header`, `cookie`, or `claim` of a token that was verified."""
    name: str
    value: str
    revision: RevisionId


class Sticky(Struct, frozen=True, kw_only=True):
    """What keeps a user on one revision: a cookie that the data plane sets, or a header that it finds."""

    kind: str
    """`cookie` or `header`."""
    name: str


SAFE_METHODS = ("GET", "HEAD")
"""What a request may ask twice without harm (RFC 9110, 9.2.1); OPTIONS says nothing of a version."""


class Mirror(Struct, frozen=True, kw_only=True):
    """Copies of requests whose answers nobody sees."""

    revision: RevisionId
    share: Share
    methods: tuple[str, ...] = SAFE_METHODS
    """Of which requests; none: of all, also of those that write."""


class Route(Struct, frozen=True, kw_only=True):
    """Shares sum to the total, or there are none: then nothing is served."""

    shares: Mapping[RevisionId, Share] = {}
    users: tuple[UserRule, ...] = ()
    sticky: Sticky | None = None
    mirror: Mirror | None = None
    preview: RevisionId | None = None
    """The revision that answers on the preview address."""


class Endpoint(Struct, frozen=True, kw_only=True, order=True):
    """A replica as the data plane knows it; a draining one gets no new requests."""

    revision: RevisionId
    address: str
    """`127.0.0.1:20001`."""
    draining: bool = False
