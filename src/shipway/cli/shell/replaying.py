"""Which of the recorded releases are meant."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from shipway.cli.shell.past import ADDRESSES, recorded
from shipway.errors import ShipwayError, UnknownName
from shipway.model.recording import Recording
from shipway.spec.nearest import listed, nearest
from shipway.spec.past_releases import past_releases
from shipway.spec.recordings import recordings


def read(from_: str, policy: Path, releases: Path | None) -> Sequence[Recording]:
    """From files, or from Prometheus. Raises `ShipwayError`."""
    if not from_.startswith(ADDRESSES):
        return recordings(Path(from_).expanduser())
    if releases is None:
        raise ShipwayError(
            "Prometheus does not know what was released",
            where=f"--from {from_}",
            why="It has counts, and nobody tells from when to when two versions are to be compared.",
            fix="Add --releases with a table: release, stable, candidate, start, end.",
        )
    return asyncio.run(recorded(from_, policy, past_releases(releases)))


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
