"""What replicas print."""

from msgspec import Struct

from shipway.model.revision import RevisionId


class LogLine(Struct, frozen=True):
    """One line of one replica's output."""

    at: float
    """When it was written: epoch seconds, as exact as the platform knows it."""
    revision: RevisionId
    replica: str
    text: str


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which lines are asked for; by default all of them."""

    revision: RevisionId | None = None
    replica: str = ""
    """A replica's name, or the end of one: `2` is the second of each generation."""
    since: float | None = None
    """Epoch seconds; a line from that very instant belongs to it."""
    until: float | None = None
    pattern: str = ""
    """A regular expression that is found in the line."""
    tail: int | None = None
    """At most so many of each replica, the last ones."""
    follow: bool = False
    """Whether lines that are yet to come are waited for."""
