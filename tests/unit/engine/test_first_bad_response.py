"""When the first bad response came is told by our clock, however the source's clock is set."""

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

RUN = Run(id=1, plan=plan_of("canary"), by="test", started_at=NOW, row=1)


class Source:
    """Its clock is so many seconds ahead; the candidate fails every second request from the tenth second on."""

    def __init__(self, ahead: float) -> None:
        self.ahead, self.seconds = ahead, 0.0

    async def check(self) -> str:
        return "a source"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        counts = {
            V1: Counts(requests=int(950 * self.seconds), errors=int(self.seconds)),
            V2: Counts(requests=int(50 * self.seconds), errors=int(25 * max(0.0, self.seconds - 10.0))),
        }
        at = NOW + self.seconds + self.ahead
        return {name: Sample(revision=name, at=at, series={"a": counts[name]}) for name in revisions}


@pytest.mark.parametrize("ahead", [0.0, 0.5, 3600.0, -2.0, -3600.0])
def test_it_lies_in_the_run_and_where_it_was(ahead: float) -> None:
    source, evidence = Source(ahead), Evidence()
    for second in range(30):
        source.seconds, now = float(second), NOW + second
        evidence = asyncio.run(guard.look(evidence, RUN, source, now=now))
        verdict = guard.on_our_clock(evidence.verdict, evidence, RUN, now=now)
        if verdict.kind == Kind.HARMFUL:
            break
    assert verdict.kind == Kind.HARMFUL and verdict.first_bad_at is not None
    assert NOW <= verdict.first_bad_at <= now
    if ahead >= 0.0:
        assert verdict.first_bad_at == pytest.approx(NOW + 10.0, abs=1.5)


def test_a_source_that_repeats_itself_does_not_move_it() -> None:
    source, evidence = Source(100.0), Evidence()
    for second in (0.0, 1.0):
        source.seconds = second
        evidence = asyncio.run(guard.look(evidence, RUN, source, now=NOW + second))
    later = asyncio.run(guard.look(evidence, RUN, source, now=NOW + 50.0))
    assert later.ahead == evidence.ahead == 100.0
