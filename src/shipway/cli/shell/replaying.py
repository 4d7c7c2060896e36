"""Which of the recorded releases are meant."""

from collections.abc import Sequence

from shipway.errors import UnknownName
from shipway.model.recording import Recording
from shipway.spec.nearest import listed, nearest


def chosen(recordings: Sequence[Recording], name: str | None) -> Sequence[Recording]:
    """All of them, or those of one name. Raises `UnknownName`."""
    found = [one for one in recordings if name in (None, one.name)]
    if found or name is None:
        return found
    names = [one.name for one in recordings]
    meant = nearest(name, names)
    raise UnknownName(
        f"No release `{name}` is recorded",
        where="--release",
        why=f"Recorded are {listed(names)}.",
        fix=f"Did you mean `{meant}`?" if meant else "Use one of these.",
    )
