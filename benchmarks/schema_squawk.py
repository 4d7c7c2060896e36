"""The linter beside squawk: verdicts on its own rules, and hazards of which only one of both says anything."""

import tempfile
from pathlib import Path

from msgspec import Struct

from shipway.schema.lint.check import check
from shipway.schema.lint.tables import Server
from shipway.schema.sql.parse import Source
from tests.unit.schema.lint.cases import HAZARDS
from tests.unit.schema.lint.squawk import agreement, both, squawked

VERSION = 17
"""In which every hazard of the list is one."""


class Compared(Struct, frozen=True, kw_only=True):
    """What both say."""

    agreement: float
    """Part of the verdicts on squawk's rules that are the same."""
    hazards: int
    missed: int
    """Hazards that we do not find in the migration that has them."""
    alone: int
    """Hazards whose migration squawk does not blame more than the one without it."""


def compared() -> Compared:
    """Over squawk's corpus, and one migration with and one without each hazard."""
    names = sorted(HAZARDS)
    texts = [text for name in names for text in HAZARDS[name]]
    with tempfile.TemporaryDirectory() as corpus, tempfile.TemporaryDirectory() as cases:
        share = agreement(both(Path(corpus))).share
        theirs = squawked(Path(cases), texts)
    rules = [theirs.get(at, set()) for at in range(len(texts))]
    return Compared(
        agreement=share,
        hazards=len(names),
        missed=sum(name not in _found(HAZARDS[name][0]) for name in names),
        alone=sum(not rules[2 * at] - rules[2 * at + 1] for at in range(len(names))),
    )


def _found(text: str) -> set[str]:
    return {one.hazard.name for one in check(Source(text, "m"), Server(version=VERSION))}
