"""All reasons that a change has."""

from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.judging import (
    commits,
    covered,
    dependencies,
    history,
    interfaces,
    owned,
    sized,
    touched,
    unseen,
)
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules

owners_of = owned.owners_of


def all_of(change: Change, kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """In the order of what people look for first, where they weigh the same."""
    yield from touched.reasons(kinds, rules)
    yield from interfaces.reasons(change, kinds)
    yield from sized.reasons(change, kinds, rules)
    yield from dependencies.reasons(change)
    yield from unseen.reasons(change)
    yield from covered.reasons(change, kinds, rules)
    yield from history.reasons(change, kinds, rules)
    yield from owned.reasons(change, kinds, rules)
    yield from commits.reasons(change)
