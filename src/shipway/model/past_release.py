"""A release of the past by its name and time: what a monitoring system is asked about."""

from msgspec import Struct

from shipway.model.share import Share


class PastStage(Struct, frozen=True, kw_only=True):
    """From this instant on the candidate had this share. Seconds since the release began."""

    at: float
    name: str
    share: Share
    stay: float = 0.0
    """How long it was planned for."""


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
    stages: tuple[PastStage, ...] = ()
    """Those in which the candidate had users, by their time; none where nobody knows: then it was one."""
    are_revisions: bool = False
    """Whether `stable` and `candidate` are revisions, each of which has its version in it."""
    outcome: str = ""
    """How it ended then, where that is known."""
