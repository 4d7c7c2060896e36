"""A controller dies or sleeps around a compaction: the release ends as if nothing had happened."""

import pytest
from pytest import MonkeyPatch

from crash.points import die, play, steps
from crash.rollouts import ROLLOUTS
from crash.test_crash_everywhere import _end
from crash.test_fencing import _sleep
from shipway.engine import compact


@pytest.fixture(autouse=True)
def _short_journals(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "ENTRIES_MAX", 8)
    monkeypatch.setattr(compact, "ENTRIES_KEPT", 3)


@pytest.mark.parametrize("name", ("canary taken back", "superseded", "rollback to a revision"))
def test_a_controller_that_dies_or_sleeps_around_a_compaction_changes_nothing_about_the_end(name: str) -> None:
    scenario = ROLLOUTS[name]
    undisturbed = _end(play(scenario, at=-1, happening=die)[0])
    points = [number for number, what in enumerate(steps(scenario)) if what.startswith("compaction")]
    assert len(points) > 4, "else this proves little"
    for number in points:
        for happening in (die, _sleep):
            outcome, found = play(scenario, at=number, happening=happening)
            assert not found, f"{name}: {happening.__name__} at step {number}: {found[0]}"
            assert _end(outcome) == undisturbed, f"{name}: {happening.__name__} at step {number}"
