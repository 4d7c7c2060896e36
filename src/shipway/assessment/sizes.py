"""How large a change is, by kind of file."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from shipway.assessment.change import File
from shipway.assessment.kinds import CODE, OTHER


class Size(Struct, frozen=True, kw_only=True):
    """Files, and lines of those that are text."""

    files: int
    added: int
    removed: int


def size(files: Iterable[File]) -> Size:
    """Of some files together."""
    found = tuple(files)
    return Size(
        files=len(found),
        added=sum(one.added or 0 for one in found),
        removed=sum(one.removed or 0 for one in found),
    )


def code_lines(kinds: Mapping[str, tuple[File, ...]]) -> int:
    """Lines that run: code, and what nothing is known of."""
    return sum(file.lines for kind in (CODE, OTHER) for file in kinds.get(kind, ()))
