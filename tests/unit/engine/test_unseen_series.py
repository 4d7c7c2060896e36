"""A candidate that the source does not show is neither healthy nor harmful: the guard is blind to it."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from kernel import NOW, V1, V2, plan_of
from shipway.engine import guard
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.verdict import Kind


class Source:
    """Has series of all but those that are gone."""

    def __init__(self, *gone: RevisionId) -> None:
        self.gone = gone

    async def check(self) -> str:
        return "a source"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        series = {"a": Counts(requests=1000)}
        return {
            name: Sample(revision=name, at=NOW, series=series, is_unseen=name in self.gone) for name in revisions
        }


def looked(row: int, *gone: RevisionId) -> Evidence:
    run = Run(id=1, plan=plan_of("canary"), by="test", started_at=NOW, row=row)
    return asyncio.run(guard.look(Evidence(run=1), run, Source(*gone), now=NOW))


@pytest.mark.parametrize(
    ("row", "gone", "is_blind"),
    [(1, V2, True), (0, V2, False), (1, V1, False)],
    ids=("exposed", "hidden", "stable"),
)
def test_only_an_exposed_candidate_that_is_unseen_makes_blind(row: int, gone: RevisionId, is_blind: bool) -> None:
    assert plan_of("canary").stages[1].route.shares.get(V2)
    seen = looked(row, gone)
    assert (seen.verdict.kind == Kind.BLIND) == is_blind
    assert ("shows nothing of" in seen.verdict.sentence) == is_blind


def test_what_was_known_before_stays_for_when_it_is_back() -> None:
    assert looked(1, V2).before == {}
