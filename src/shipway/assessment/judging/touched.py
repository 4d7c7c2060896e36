"""What the changed files are part of."""

import re
from collections.abc import Iterator, Mapping

from shipway.assessment.change import File
from shipway.assessment.contracts import is_specification
from shipway.assessment.kinds import DOCS, GENERATED, TESTS, TRANSLATIONS
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.assessment.touches import API, Named, Touch

SAFE = (TESTS, DOCS, GENERATED, TRANSLATIONS)
"""Kinds that run nowhere, or say nothing that what they are made from does not say."""


def reasons(kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """One for each thing that is touched, with its files."""
    files = [file for kind, found in kinds.items() if kind not in SAFE for file in found]
    named = Named(rules.touches)
    by_path = [named.by_path(file.path).union(named.by_path(file.former) if file.former else ()) for file in files]
    for name, touch in rules.touches.items():
        found = [
            file for file, names in zip(files, by_path, strict=True) if name in names and _is_so(name, touch, file)
        ]
        if found:
            yield Reason(
                risk=touch.risk,
                rule="touches",
                touch=name,
                sentence=f"touches {touch.says}",
                files=tuple(file.path for file in found),
            )


def _is_so(name: str, touch: Touch, file: File) -> bool:
    """Beyond its path."""
    if touch.text and (file.after is None or re.search(touch.text, file.after) is None):
        return False
    return not _is_compared(name, file)


def _is_compared(name: str, file: File) -> bool:
    """A specification says by itself what became of the interface."""
    return name == API and is_specification(file.path)
