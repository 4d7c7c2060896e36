"""One thing that makes a change more or less risky."""

from msgspec import Struct

from shipway.model.risk import Risk


class Reason(Struct, frozen=True, kw_only=True):
    """A sentence without its full stop, and the files that it is about."""

    risk: Risk
    rule: str
    sentence: str
    files: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    """More of it, a line each: what became of an interface, or of a dependency."""
    touch: str = ""
    """What is touched, where it is about that."""
