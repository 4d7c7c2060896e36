"""A release of the past by its name and time: what a monitoring system is asked about."""

from msgspec import Struct


class PastRelease(Struct, frozen=True, kw_only=True):
    """Two versions, from when to when. Times are epoch seconds."""

    name: str
    stable: str
    """A version, or a revision where queries ask for revisions."""
    candidate: str
    start: float
    end: float
    was: str = ""
    """`good` or `bad`; empty where nobody said."""
