"""What an assessment goes by: every number and table of it, so that a file may say otherwise."""

from collections.abc import Mapping

from msgspec import Struct, field

from shipway.assessment.kinds import KINDS
from shipway.assessment.touches import TOUCHES, Touch


class Rules(Struct, frozen=True, kw_only=True):
    """The defaults are the guide's where it says something."""

    touches: Mapping[str, Touch] = field(default_factory=lambda: TOUCHES)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: KINDS)
    ignore: tuple[str, ...] = ()
    """Paths that count for nothing."""
    lines_medium: int = 50
    """From so many lines of code on, a change is medium."""
    lines_large: int = 500
    """With more it is large."""
    covered_least: float = 0.5
    """Of the changed lines: with less it is medium."""
    owners_most: int = 2
    """With more owners it is medium."""
    often: int = 10
    """A file that changed so often in the past that was looked at is named."""


RULES = Rules()
