"""Checklists that somebody signed, a file for each revision, and whether a deploy may begin without one."""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.model.checklist import Checklist
from shipway.model.release import Release
from shipway.planning.checklist import SETTLED, is_complete
from shipway.spec.load import Loaded


class NotSigned(ShipwayError):
    """The release file asks for a checklist that nobody has signed."""

    code = "checklist"
    exit_code = Exit.REFUSED


def keep(home: Home, service: str, checklist: Checklist) -> Path:
    """Replace the revision's list as a whole."""
    path = home.checklist(service, checklist.revision)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode(checklist))
    unfinished.replace(path)
    return path


def kept(home: Home, service: str, revision: str) -> Checklist | None:
    """The revision's list; none where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(home.checklist(service, revision).read_bytes(), type=Checklist)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def signed(home: Home, loaded: Loaded, release: Release, *, now: float) -> Release:
    """With its list, for the journal. Raises `NotSigned` where the file requires one that is complete and new."""
    found = kept(home, release.service, release.revision)
    if loaded.file.checklist.required:
        _require(loaded, release, found, now=now)
    return replace(release, checklist=found)


def _require(loaded: Loaded, release: Release, found: Checklist | None, *, now: float) -> None:
    valid = loaded.file.checklist.valid
    if found is not None and is_complete(found.items) and now - found.at <= valid:
        return
    version = release.revision.rpartition("-")[0]
    why = "Nobody has signed one for this revision; the version's name alone is not enough."
    if found is not None and not is_complete(found.items):
        left = [item.name for item in found.items if item.state not in SETTLED]
        why = f"Not settled: {', '.join(left)}."
    elif found is not None:
        why = f"It was signed {(now - found.at) / 3600:.0f} hours ago, and counts for {valid / 3600:g}."
    raise NotSigned(
        f"{version} has no signed checklist",
        where=loaded.where("checklist", "required"),
        why=why,
        fix=f"`shipway check {version} --release` goes through it. Going back never needs one.",
    )
