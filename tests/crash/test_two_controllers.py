"""Two controllers on one store: a run has one owner at any time, and a dead owner's run moves within the lease."""

import pytest

from crash.points import die, play, steps
from crash.rollouts import ROLLOUTS
from shipway.simulation.pilot import LEASE_SECONDS
from shipway.simulation.simulate import Simulation


@pytest.mark.parametrize("name", ROLLOUTS)
def test_only_one_controller_writes_while_both_live(name: str) -> None:
    simulation = Simulation(ROLLOUTS[name])
    simulation.play()
    tokens = {token for _, token in simulation.journal.tokens}
    assert tokens == {1}
    assert sorted(pilot.ticks > 0 for pilot in simulation.pilots) == [False, True]


@pytest.mark.parametrize("name", ROLLOUTS)
def test_a_dead_owners_run_moves_to_the_other_within_the_lease(name: str) -> None:
    total = len(steps(ROLLOUTS[name]))
    for number in range(0, total, max(1, total // 10)):
        simulation = Simulation(ROLLOUTS[name])
        died: list[float] = []
        count = iter(range(1_000_000))

        def point(what: str) -> float:
            if next(count) == number:  # noqa: B023 - called in this turn of the loop only
                died.append(simulation.timeline.now())  # noqa: B023
                return die(what)
            return 0.0

        simulation.before_point = point
        simulation.play()
        taken = min((at for at, token in simulation.journal.tokens if token == 2), default=None)
        assert taken is not None, f"{name}: nobody went on after step {number}"
        assert taken - died[0] <= LEASE_SECONDS + LEASE_SECONDS / 3, f"{name}: died at step {number}"


@pytest.mark.parametrize("name", ROLLOUTS)
def test_tokens_never_fall_wherever_the_owner_sleeps(name: str) -> None:
    """A writer whose token is old is refused, so the journal shows owners one after the other."""
    total = len(steps(ROLLOUTS[name]))
    for number in range(0, total, max(1, total // 10)):
        simulation = Simulation(ROLLOUTS[name])
        count = iter(range(1_000_000))
        simulation.before_point = lambda _, number=number, count=count: 40.0 if next(count) == number else 0.0
        simulation.play()
        tokens = [token for _, token in simulation.journal.tokens]
        assert tokens == sorted(tokens)


def test_the_end_is_the_same_with_two_controllers_as_with_one() -> None:
    for scenario in ROLLOUTS.values():
        _, found = play(scenario, at=-1, happening=die)
        assert not found
