"""Reads a change between two commits."""

from collections.abc import Callable, Iterator, Mapping
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
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where hosts look for it, in their order."""
Covered = Mapping[str, Mapping[int, bool]]


def read(
    asked: Range, wants: Callable[[str], bool], *, covered: Covered | None = None, report: str = ""
) -> Change:
    """The change, with the texts that `wants` names; with its changed lines where `covered` tells which ran."""
    base, head, root = asked.base, asked.head, asked.root
    running = {
        "diff": Running(root, [*DIFF, RENAMES_MAX, base, head, "--"]),
        "own": Running(root, log.words(f"{base}..{head}", most=OWN_COMMITS, with_paths=False)),
        "past": Running(root, log.words(base, most=PAST_COMMITS, with_paths=True)),
    }
    if covered:
        running["hunks"] = Running(root, [*hunks.DIFF, RENAMES_MAX, base, head, "--"])
    try:
        found = found_in(running["diff"].answer())
        owners, texts = _texts(root, base, found, wants)
        own, past = (tuple(log.commits_in(running[name].answer())) for name in ("own", "past"))
        changed = hunks.changed_in(running["hunks"].answer(), [one.file.path for one in found]) if covered else {}
    finally:
        for one in running.values():
            one.end()
    return Change(
        base=base,
        head=head,
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
    root: Path, base: str, found: tuple[Found, ...], wants: Callable[[str], bool]
) -> tuple[str, Mapping[str, str]]:
    wanted = list(dict.fromkeys(blob for one in found for blob in _blobs(one, wants)))
    texts = contents.texts(root, [*(f"{base}:{path}" for path in OWNERS), *wanted])
    return next((text for path in OWNERS if (text := texts.get(f"{base}:{path}"))), ""), texts


def _blobs(one: Found, wants: Callable[[str], bool]) -> Iterator[str]:
    if one.file.is_submodule or one.file.is_binary:
        return
    if wants(one.file.path) or (one.file.former and wants(one.file.former)):
        yield from (blob for blob in (one.before, one.after) if blob)


def _filled(one: Found, texts: Mapping[str, str]) -> File:
    before, after = texts.get(one.before), texts.get(one.after)
    return one.file if before is after is None else replace(one.file, before=before, after=after)
