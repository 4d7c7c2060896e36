"""Which of the recorded releases are meant."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from shipway.cli.shell.past import ADDRESSES, recorded
from shipway.cli.shell.reading import state
from shipway.engine.released import released
from shipway.errors import ShipwayError, UnknownName
from shipway.home import find
from shipway.model.past_release import PastRelease
from shipway.model.recording import Recording
from shipway.spec.load import load
from shipway.spec.nearest import listed, nearest
from shipway.spec.past_releases import past_releases
from shipway.spec.recordings import recordings

RELEASES_MAX = 50
"""Those that Prometheus is asked about where nobody says which; the newest."""


def read(from_: str, policy: Path, releases: Path | None) -> Sequence[Recording]:
    """From files, or from Prometheus. Raises `ShipwayError`."""
    if not from_.startswith(ADDRESSES):
        return recordings(Path(from_).expanduser())
    past = past_releases(releases) if releases is not None else _of_journal(from_, policy)
    return asyncio.run(recorded(from_, policy, past))


def _of_journal(from_: str, policy: Path) -> Sequence[PastRelease]:
    """The releases that this home made of the policy's service. Raises `ShipwayError` where there is none."""
    service = load(policy).file.service
    found = released(state(find(), service).past)[-RELEASES_MAX:]
    if found:
        return found
    raise ShipwayError(
        f"Nobody says what was released of {service}",
        where=f"--from {from_}",
        why="Prometheus has counts, not from when to when two versions ran; nothing was released from here.",
        fix="Add --releases with a table: release, stable, candidate, start, end.",
    )


def chosen(recordings: Sequence[Recording], name: str | None, *, where: str = "--release") -> Sequence[Recording]:
    """All of them, or those of one name. Raises `UnknownName`."""
    found = [one for one in recordings if name in (None, one.name)]
    if found or name is None:
        return found
    names = [one.name for one in recordings]
    meant = nearest(name, names)
    raise UnknownName(
        f"No release `{name}` is recorded",
        where=where,
        why=f"Recorded are {listed(names)}.",
        fix=f"Did you mean `{meant}`?" if meant else "Use one of these.",
    )
