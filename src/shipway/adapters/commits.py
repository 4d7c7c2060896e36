"""When commits were made, asked of git: what the lead time of a change is counted from."""

import re
from collections.abc import Sequence
from pathlib import Path

from shipway.adapters.git.command import Running
from shipway.errors import ShipwayError

COMMITS_MAX = 2_000
"""Of one release; the newest."""
HASH = re.compile(r"[0-9a-f]{7,64}")


class Commits:
    """The repository around a folder. Nothing is known where there is none, or no git."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tags = self._read_tags()

    def times(self, base: str | None, version: str) -> tuple[float, ...]:
        """Of the commits that a version has and the one before it has not, in epoch seconds, by their committers'
        clocks; of the version's own commit alone where only that is known.

        A version is known by a tag of its name, with or without `v`, or is a commit's hash itself.
        """
        newest, before = self._commit(version), self._commit(base) if base else None
        if newest is None:
            return ()
        found = self._log(f"{before}..{newest}", COMMITS_MAX) if before else ()
        return found or self._log(newest, 1)

    def _commit(self, version: str) -> str | None:
        tagged = self._tags.get(version) or self._tags.get(f"v{version}")
        if tagged is not None or not HASH.fullmatch(version):
            return tagged
        return self._git(["rev-parse", "--verify", "--quiet", f"{version}^{{commit}}"]).strip() or None

    def _log(self, which: str, count: int) -> tuple[float, ...]:
        said = self._git(["log", "--format=%ct", f"--max-count={count}", which, "--"])
        return tuple(float(line) for line in said.split())

    def _read_tags(self) -> dict[str, str]:
        """The commit that each tag stands for."""
        said = self._git(
            ["for-each-ref", "--format=%(refname:lstrip=2) %(objectname) %(*objectname)", "refs/tags"]
        )
        rows = [line.split() for line in said.splitlines()]
        return {row[0]: row[-1] for row in rows if len(row) > 1}

    def _git(self, words: Sequence[str]) -> str:
        try:
            code, said, _ = Running(self._folder, words).ended()
        except ShipwayError:
            return ""
        return said.decode(errors="replace") if code == 0 else ""
