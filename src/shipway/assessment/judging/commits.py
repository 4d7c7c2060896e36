"""What those who made the change say that it is."""

import re
from collections.abc import Iterator

from shipway.assessment.change import Change
from shipway.assessment.reason import Reason
from shipway.model.risk import Risk

FEATURE = re.compile(r"^(?:feat|feature)(?:\([^)]*\))?!?:", re.IGNORECASE)
BREAKING = re.compile(r"^\w+(?:\([^)]*\))?!:")
FIX = re.compile(r"^(?:fix|bugfix|hotfix)(?:\([^)]*\))?!?:", re.IGNORECASE)
"""Subjects as conventionalcommits.org writes them."""


def reasons(change: Change) -> Iterator[Reason]:
    """By the subjects of its commits; those that say nothing of the kind are no reason."""
    subjects = [commit.subject for commit in change.commits]
    if broken := [subject for subject in subjects if BREAKING.match(subject)]:
        said = "a commit says that it breaks something"
        yield Reason(risk=Risk.MEDIUM, rule="commits", sentence=said, details=(broken[0],))
    if features := [subject for subject in subjects if FEATURE.match(subject)]:
        said = f"{_count(len(features), 'commit')} of a new feature"
        yield Reason(risk=Risk.MEDIUM, rule="commits", sentence=said, details=(features[0],))
    if subjects and all(FIX.match(subject) for subject in subjects):
        yield Reason(risk=Risk.LOW, rule="commits", sentence="all commits are fixes")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
