"""What a checklist is about: one version of one service, in one repository."""

import dataclasses
from pathlib import Path

from msgspec import Struct

from shipway.adapters.git import reading as git
from shipway.adapters.git import revisions
from shipway.adapters.git.failures import NoGit, NoRepository
from shipway.cli.shell import reading
from shipway.cli.shell.choosing import resolved
from shipway.cli.shell.planning import Planned, planned
from shipway.home import Home
from shipway.spec.load import Loaded


class Subject(Struct, frozen=True, kw_only=True):
    """Everything that an item looks at."""

    home: Home
    loaded: Loaded
    version: str
    made: Planned
    root: Path
    """Of the repository; the release file's folder where there is none."""
    commit: str | None
    """The version's own: a tag of its name, its hash, or what is checked out; none without a repository."""
    before: str | None
    """Of the live version, where git knows it."""
    starts: bool
    """Whether a replica may be started to be tried."""

    @property
    def name(self) -> str:
        """The service's."""
        return self.made.release.service

    def changed(self) -> tuple[str, ...] | None:
        """Files that differ from the live version's; none where nobody knows."""
        if self.commit is None or self.before is None:
            return None
        return git.paths_between(self.root, self.before, self.commit)


def subject(home: Home, loaded: Loaded, version: str, *, starts: bool) -> Subject:
    """With the strategy that is chosen, and nobody's approval: a rehearsal that waits for a person went nowhere.

    Raises `ShipwayError` where the release file or its plan is not in order.
    """
    loaded, _ = resolved(home, loaded, version, strategy=None)
    loaded = dataclasses.replace(loaded, approval=None)
    made = planned(home, loaded, version, strategy=None)
    root, commit, before = loaded.root, None, None
    try:
        found = revisions.ranged(loaded.root, "HEAD..HEAD")
        root = found.root
        commit = _commit(root, version) or found.head
        live = reading.live(home, loaded.file.service)
        before = _commit(root, live.version) if live else None
    except (NoGit, NoRepository):
        pass
    return Subject(
        home=home,
        loaded=loaded,
        version=version,
        made=made,
        root=root,
        commit=commit,
        before=before,
        starts=starts,
    )


def _commit(root: Path, version: str) -> str | None:
    tag = revisions.tag_of(root, version)
    if tag is not None:
        return tag[1]
    is_hash = len(version) >= 7 and set(version) <= set("0123456789abcdef")
    return revisions.named(root, version) if is_hash else None
