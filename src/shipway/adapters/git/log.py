"""What `git log` says of commits."""

import re
from collections.abc import Iterator

from shipway.adapters.git.differences import name_of
from shipway.assessment.change import Commit

FORMAT = "--format=%x01%H%x02%s%x02%b"
HEAD = re.compile(rb"\x01([0-9a-f]{40,64})\x02([^\x02]*)\x02(.*)", re.DOTALL)
REVERTS = re.compile(rb"This reverts commit ([0-9a-f]{7,64})")
SUBJECT_MAX = 200


def words(commits: str, *, most: int, with_paths: bool) -> list[str]:
    """The call: commits that are no merges, newest first."""
    paths = ["--name-only", "--no-renames"] if with_paths else []
    return ["log", "-z", "--no-merges", "--no-color", f"--max-count={most}", FORMAT, *paths, commits, "--"]


def commits_in(said: bytes) -> Iterator[Commit]:
    """Each commit, with its paths where they were asked for."""
    head: re.Match[bytes] | None = None
    paths: list[str] = []
    for word in said.split(b"\0"):
        if found := HEAD.match(word.removeprefix(b"\n")):
            if head:
                yield _commit(head, paths)
            head, paths = found, []
        elif name := word.removeprefix(b"\n"):
            paths.append(name_of(name))
    if head:
        yield _commit(head, paths)


def _commit(head: re.Match[bytes], paths: list[str]) -> Commit:
    reverts = REVERTS.search(head[3])
    return Commit(
        id=head[1].decode(),
        subject=name_of(head[2])[:SUBJECT_MAX],
        reverts=reverts[1].decode() if reverts else "",
        paths=tuple(paths),
    )
