"""Kill the controller at every journal write and every effect: the successor ends as if nothing had happened."""

import pytest

from crash.points import die, play, steps
from crash.rollouts import ROLLOUTS, WORKERS
from shipway.simulation.simulate import Outcome

SHARDS = 4


def _end(outcome: Outcome) -> tuple[object, ...]:
    """What users and people see at the end: how each run ended, what serves, and how many replicas there are."""
    shares = {name: share for name, share in outcome.shares.items() if share}
    return tuple(past.outcome for past in outcome.state.past), outcome.state.proven, shares, outcome.replicas


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", (*ROLLOUTS, *WORKERS))
def test_a_controller_that_dies_at_any_step_changes_nothing_about_the_end(name: str, shard: int) -> None:
    scenario = {**ROLLOUTS, **WORKERS}[name]
    undisturbed = _end(play(scenario, at=-1, happening=die)[0])
    for number, what in list(enumerate(steps(scenario)))[shard::SHARDS]:
        outcome, found = play(scenario, at=number, happening=die)
        where = f"{name}: died at step {number}, {what}"
        assert not found, f"{where}: {found[0]}"
        assert outcome.deaths == 1, where
        assert _end(outcome) == undisturbed, where


@pytest.mark.parametrize("name", ROLLOUTS)
def test_the_rollouts_have_the_steps_that_they_are_meant_to_have(name: str) -> None:
    """Else crashing at each of them would prove little."""
    seen = steps(ROLLOUTS[name])
    assert len(seen) > 20
    assert {"journal before", "journal after", "effect route", "done route", "effect endpoints"} <= set(seen)
    assert any(step.startswith("effect capacity:") for step in seen)


@pytest.mark.parametrize("name", ("first", "rolling", "blue-green", "canary"))
def test_no_replica_is_started_twice_because_a_controller_died_after_starting_it(name: str) -> None:
    scenario = ROLLOUTS[name]
    usual = play(scenario, at=-1, happening=die)[0].created
    for number, what in enumerate(steps(scenario)):
        if what.startswith(("effect capacity", "done capacity")):
            assert play(scenario, at=number, happening=die)[0].created == usual, f"died at step {number}, {what}"


@pytest.mark.parametrize("name", WORKERS)
def test_the_rollouts_of_workers_have_replicas_and_no_traffic(name: str) -> None:
    seen = steps(WORKERS[name])
    assert any(step.startswith("effect capacity:") for step in seen)
    assert not {"effect route", "effect endpoints"} & set(seen)
