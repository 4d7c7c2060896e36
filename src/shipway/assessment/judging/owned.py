"""Whose files they are, by CODEOWNERS: the last line that matches a path says it."""

import re
from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.kinds import DOCS, GENERATED
from shipway.assessment.patterns import is_exactly, matches
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.model.risk import Risk

COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
APART = re.compile(r"(?<!\\)\s+")
ESCAPED = re.compile(r"\\([ #])")
LEVEL = "/*"
"""At its end a pattern names what lies in the folder, and nothing deeper."""
Owned = dict[str, tuple[str, ...]]


def reasons(change: Change, kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """One where the file says anything; many owners are many people who must know."""
    owned = _owned(change, kinds)
    owners = sorted({name for names in owned.values() for name in names})
    if not owners:
        return
    nobody = tuple(path for path, names in owned.items() if not names)
    said = f"{len(owners)} owners: {', '.join(owners)}" if len(owners) > 1 else f"owned by {owners[0]}"
    if nobody:
        said += f"; {len(nobody)} files have none" if len(nobody) > 1 else "; one file has none"
    many = len(owners) > rules.owners_most
    yield Reason(risk=Risk.MEDIUM if many else Risk.LOW, rule="owners", sentence=said, files=nobody[:5])


def owners_of(change: Change, kinds: Mapping[str, tuple[File, ...]]) -> tuple[str, ...]:
    """All of them, by name."""
    return tuple(sorted({name for names in _owned(change, kinds).values() for name in names}))


def _owned(change: Change, kinds: Mapping[str, tuple[File, ...]]) -> Owned:
    rows = [row for line in change.owners.splitlines() if (row := _row(line))]
    if not rows:
        return {}
    files = [file for kind, found in kinds.items() if kind not in (DOCS, GENERATED) for file in found]
    return {file.path: _whose(file.path, rows) for file in files}


def _row(line: str) -> tuple[str, tuple[str, ...]] | None:
    """A pattern with its owners; sections of GitLab and lines without a pattern are left out."""
    words = [word for word in APART.split(COMMENT.sub("", line)) if word]
    if not words or words[0].startswith(("[", "^[")):
        return None
    return ESCAPED.sub(r"\1", words[0]), tuple(words[1:])


def _whose(path: str, rows: list[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    return next((names for pattern, names in reversed(rows) if _names(pattern, path)), ())


def _names(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    return is_exactly(path, pattern) if pattern.endswith(LEVEL) else matches(path, (pattern,))
