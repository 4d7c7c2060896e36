"""Reads a change between two commits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.git import contents, hunks, log
from shipway.adapters.git.command import Running
from shipway.adapters.git.differences import Found, found_in
from shipway.adapters.git.revisions import Range
from shipway.assessment.change import Change, File, Lines

DIFF = ("diff", "--raw", "--numstat", "-z", "--no-abbrev", "-M", "--no-ext-diff", "--no-textconv", "--no-color")
RENAMES_MAX = "-l1000"
PAST_COMMITS, OWN_COMMITS = 500, 2000
RETYPED = "T"
"""A file that became a link, or the other way round."""
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where hosts look for it, in their order."""
Covered = Mapping[str, Mapping[int, bool]]


class Reading:
    """A change that git looks at meanwhile. It must be asked for the change, or ended."""

    def __init__(self, asked: Range, *, with_lines: bool = False) -> None:
        self._asked = asked
        base, head, root = asked.base, asked.head, asked.root
        self._owners = contents.Sizes(root, [f"{base}:{path}" for path in OWNERS])
        self._diff = Running(root, [*DIFF, RENAMES_MAX, base, head, "--"])
        self._own = Running(root, log.words(f"{base}..{head}", most=OWN_COMMITS, with_paths=False))
        self._past = Running(root, log.words(base, most=PAST_COMMITS, with_paths=True))
        self._hunks = Running(root, [*hunks.DIFF, RENAMES_MAX, base, head, "--"]) if with_lines else None

    def end(self) -> None:
        """Kill what still runs."""
        for one in (self._owners, self._diff, self._own, self._past, self._hunks):
            if one is not None:
                one.end()

    def change(self, wants: Callable[[str], bool], *, covered: Covered | None = None, report: str = "") -> Change:
        """With the texts that `wants` names, and its changed lines where `covered` tells which ran."""
        asked = self._asked
        try:
            found = found_in(self._diff.answer())
            owners, texts = _texts(asked.root, self._owners.fit(), found, wants)
            own, past = (tuple(log.commits_in(one.answer())) for one in (self._own, self._past))
            paths = [one.file.path for one in found for _ in range(2 if one.file.status == RETYPED else 1)]
            changed = hunks.changed_in(self._hunks.answer(), paths) if self._hunks else {}
        finally:
            self.end()
        return Change(
            base=asked.base,
            head=asked.head,
            files=tuple(_filled(one, texts) for one in found),
            commits=own,
            past=past,
            owners=owners,
            lines=Lines(changed=changed, covered=covered or {}, report=report),
            is_complete=not asked.is_shallow or len(past) >= PAST_COMMITS,
        )


def paths_between(root: Path, base: str, head: str) -> tuple[str, ...]:
    """Which files differ."""
    said = Running(root, [*DIFF, "--no-renames", base, head, "--"]).answer()
    return tuple(one.file.path for one in found_in(said))


def _texts(
    root: Path, owners: Sequence[str], found: tuple[Found, ...], wants: Callable[[str], bool]
) -> tuple[str, Mapping[str, str]]:
    wanted = list(dict.fromkeys(blob for one in found for blob in _blobs(one, wants)))
    texts = contents.texts(root, [*owners, *wanted]) if owners or wanted else {}
    return next((text for one in owners if (text := texts.get(one))), ""), texts


def _blobs(one: Found, wants: Callable[[str], bool]) -> Iterator[str]:
    if one.file.is_submodule or one.file.is_binary:
        return
    if wants(one.file.path) or (one.file.former and wants(one.file.former)):
        yield from (blob for blob in (one.before, one.after) if blob)


def _filled(one: Found, texts: Mapping[str, str]) -> File:
    before, after = texts.get(one.before), texts.get(one.after)
    return one.file if before is after is None else replace(one.file, before=before, after=after)
