"""What the changed files are part of."""

import re
from collections.abc import Iterator, Mapping

from shipway.assessment.change import File
from shipway.assessment.contracts import is_specification
from shipway.assessment.kinds import DOCS, GENERATED, TESTS, TRANSLATIONS
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.assessment.touches import API, Touch, names_path

SAFE = (TESTS, DOCS, GENERATED, TRANSLATIONS)
"""Kinds that run nowhere, or say nothing that what they are made from does not say."""


def reasons(kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """One for each thing that is touched, with its files."""
    files = [file for kind, found in kinds.items() if kind not in SAFE for file in found]
    for name, touch in rules.touches.items():
        if found := [file for file in files if _is_touched(touch, file) and not _is_compared(name, file)]:
            yield Reason(
                risk=touch.risk,
                rule="touches",
                touch=name,
                sentence=f"touches {touch.says}",
                files=tuple(file.path for file in found),
            )


def _is_touched(touch: Touch, file: File) -> bool:
    if not any(names_path(touch, path) for path in (file.path, file.former) if path):
        return False
    return not touch.text or (file.after is not None and re.search(touch.text, file.after) is not None)


def _is_compared(name: str, file: File) -> bool:
    """A specification says by itself what became of the interface."""
    return name == API and is_specification(file.path)
