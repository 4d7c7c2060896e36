"""The journal as a table of past releases."""

import pytest

from shipway.engine.released import released
from shipway.model.event import WentBack
from unit.engine.test_without_evidence import BAKE_SECONDS, BEGIN, NEW, OLD, events, played


@pytest.mark.parametrize(("no_data", "shares"), [("go", [20_000, 100_000]), ("rollback", [20_000])])
def test_a_release_has_its_versions_its_stages_and_its_end(no_data: str, shares: list[int]) -> None:
    outcome = played(no_data)
    (found,) = released(outcome.state.past)
    assert (found.stable, found.candidate, found.are_revisions) == (OLD, NEW, True)
    assert found.name.startswith("2-") and found.start >= BEGIN
    assert [stage.share for stage in found.stages][: len(shares)] == shares
    assert found.stages[0].stay == BAKE_SECONDS and found.stages[0].at >= 0.0
    back = [entry.at for entry in outcome.entries if isinstance(entry.event, WentBack)]
    assert found.end == (back[0] if back else outcome.state.past[-1].ended_at)
    assert found.outcome == outcome.state.past[-1].outcome
    assert len(back) == len(events(outcome, WentBack))


def test_one_that_is_under_way_is_not_past() -> None:
    assert released(played("extend").state.past) == ()
