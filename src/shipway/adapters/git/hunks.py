"""Which lines of the new files changed: the heads of the hunks of `git diff -U0`, file by file."""

import re
from collections.abc import Mapping, Sequence

DIFF = ("diff", "-U0", "--no-abbrev", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short")
FILE = b"diff --git "
HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


def changed_in(said: bytes, paths: Sequence[str]) -> Mapping[str, frozenset[int]]:
    """`paths` are the files in the order of the diff: names in its text are quoted in a form of their own. One of
    another type stands there twice, gone and new."""
    found: list[set[int]] = []
    for line in said.split(b"\n"):
        if line.startswith(FILE):
            found.append(set())
        elif found and (hunk := HUNK.match(line)):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found[-1].update(range(first, first + count))
    return {path: frozenset(lines) for path, lines in zip(paths, found, strict=True)}
