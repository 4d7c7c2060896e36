"""A risky release as a whole: nothing starts until somebody agrees, and a no leaves everything as it was."""

from msgspec.structs import replace

from crash.rollouts import NEXT_AT, V2, release, scenario
from shipway.model.command import Command, Deploy, Promote, Rollback
from shipway.model.release import Approval
from shipway.simulation.simulate import Outcome, simulate

LATER = NEXT_AT + 60.0


def played(*commands: tuple[float, Command]) -> Outcome:
    wish = replace(release(V2, "blue-green"), approval=Approval(asks="high risk: touches payments"))
    outcome = simulate(scenario((NEXT_AT, Deploy(release=wish)), *commands))
    assert outcome.violations == ()
    return outcome


def test_it_waits_held_with_the_question_and_no_replica() -> None:
    outcome = played()
    run = outcome.state.run
    assert run is not None and run.hold is not None
    assert (run.stage.name, run.hold.rule, run.hold.reason) == (
        "approval",
        "approval",
        "high risk: touches payments",
    )
    assert V2 not in str(outcome.replicas)


def test_promote_agrees_and_the_release_ends_as_any_other() -> None:
    outcome = played((LATER, Promote()))
    assert (outcome.state.run, outcome.state.proven) == (None, V2)


def test_a_no_takes_it_back() -> None:
    outcome = played((LATER, Rollback()))
    assert (outcome.state.run, outcome.state.past[-1].outcome) == (None, "rolled-back")
