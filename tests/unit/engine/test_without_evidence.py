"""A stage's time is over, and nothing could be proven: each word of `guard.no_data`, by the engine.

Users come so rarely that no judge could say anything. The judge is the real one.
"""

import pytest

from shipway.model.command import Deploy, Promote
from shipway.model.event import Extended, Held, Judged, Released, RunStarted, StageEntered, StageSettled, WentBack
from shipway.model.policy import Guard, Rollback
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Kind
from shipway.simulation.faults import Code, Faults
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, Simulation

OLD, NEW = RevisionId("1-a"), RevisionId("2-b")
BAKE_SECONDS, BEGIN = 60.0, 50.0
FEW, MANY = 0.05, 200.0
"""Requests a second."""
NO_FAULTS = Faults()


def played(
    no_data: str, *, faults: Faults = NO_FAULTS, many_from: float = 1e9, promote_at: float = 0.0
) -> Outcome:
    """A canary under this policy; from an instant on there are enough users to judge."""
    wish = {
        name: Release(
            service="checkout",
            revision=name,
            strategy="canary",
            replicas=2,
            canary=Canary(shares=(Share(20_000), TOTAL), bake=BAKE_SECONDS),
            guard=Guard(no_data=no_data, blind_patience=30.0),
            rollback=Rollback(window=0.0),
        )
        for name in (OLD, NEW)
    }
    asked = [Asked(at=0.0, command=Deploy(release=wish[OLD])), Asked(at=BEGIN, command=Deploy(release=wish[NEW]))]
    if promote_at:
        asked.append(Asked(at=promote_at, command=Promote()))
    simulation = Simulation(
        Scenario(
            seed=5,
            revisions=tuple(
                Revision(id=name, service="checkout", version=name[0], platform={}) for name in (OLD, NEW)
            ),
            asked=tuple(asked),
            codes={name: Code(error_rate=0.0) for name in (OLD, NEW)},
            faults=faults,
            horizon=3000.0,
            quiet=600.0,
        )
    )
    simulation.metrics.rate = lambda now: MANY if now >= many_from else FEW
    return simulation.play()


def events(outcome: Outcome, kind: type) -> list:
    """Of the canary's run."""
    return [entry.event for entry in outcome.entries if entry.at >= BEGIN and isinstance(entry.event, kind)]


def ended(outcome: Outcome) -> str:
    """How the canary's run ended; empty while it is under way."""
    return outcome.state.past[1].outcome if len(outcome.state.past) > 1 else ""


def rules(outcome: Outcome, kind: type) -> list[str]:
    return [event.rule for event in events(outcome, kind)]


def test_extend_repeats_the_stage_twice_and_holds_then() -> None:
    outcome = played("extend")
    assert len(events(outcome, Extended)) == 2
    assert rules(outcome, Held) == ["no-evidence"]
    assert outcome.state.run is not None and outcome.state.run.row == 1


def test_hold_waits_until_evidence_comes_and_goes_on_by_itself() -> None:
    outcome = played("hold", many_from=400.0)
    assert (rules(outcome, Held), len(events(outcome, Released))) == (["no-evidence"], 1)
    assert ended(outcome) == "finished"


@pytest.mark.parametrize("promote_at", [0.0, 800.0], ids=["nobody answers", "somebody does"])
def test_ask_waits_for_a_person_also_when_evidence_comes(promote_at: float) -> None:
    outcome = played("ask", many_from=400.0, promote_at=promote_at)
    assert rules(outcome, Held)[:1] == ["no-evidence-ask"]
    assert ended(outcome) == ("finished" if promote_at else "")


def test_rollback_takes_it_back() -> None:
    outcome = played("rollback")
    assert rules(outcome, WentBack) == ["no-evidence"]
    assert ended(outcome) == "rolled-back"


def test_go_goes_on() -> None:
    outcome = played("go")
    assert "no-evidence-go" in rules(outcome, StageEntered)
    assert ended(outcome) == "finished"


@pytest.mark.parametrize("no_data", ["extend", "hold", "ask", "rollback", "go"])
def test_a_source_that_is_gone_is_held_and_never_taken_back_under_any_policy(no_data: str) -> None:
    """It vanishes in the middle of the stage, for long, and comes back."""
    gone = Faults(metrics_gone_from=BEGIN + 30.0, metrics_gone_to=BEGIN + 400.0)
    outcome = played(no_data, faults=gone, many_from=0.0)
    assert Kind.BLIND in {event.verdict.kind for event in events(outcome, Judged)}
    assert rules(outcome, Held) == ["blind"] and len(events(outcome, Released)) == 1
    assert events(outcome, WentBack) == []
    assert ended(outcome) == "finished"


@pytest.mark.parametrize("seconds", [0.0, 20.0])
def test_time_in_which_the_guard_was_blind_is_no_stay(seconds: float) -> None:
    """Too short for a hold; without this the policy for missing evidence would judge a broken source."""
    begin = BEGIN + BAKE_SECONDS - 5.0
    gone = Faults(metrics_gone_from=begin, metrics_gone_to=begin + seconds)
    outcome = played("rollback", faults=gone, many_from=0.0)
    (settled,) = [entry.at for entry in outcome.entries if entry.event == StageSettled(row=1) and entry.at > BEGIN]
    (left,) = [
        e.at for e in outcome.entries if isinstance(e.event, StageEntered) and e.event.row == 2 and e.at > settled
    ]
    assert left - settled >= BAKE_SECONDS + seconds - 2.0
    assert (ended(outcome), rules(outcome, Held)) == ("finished", [])


def test_grow_repeats_an_undecided_stage_with_more_users_once_and_holds_then() -> None:
    outcome = played("grow")
    assert rules(outcome, StageEntered) == ["grow"]
    assert len(events(outcome, Extended)) == 2 and rules(outcome, Held) == ["no-evidence"]
    assert outcome.state.run is not None
    assert outcome.state.run.stage.route.shares[NEW] == 40_000, "twice the users"


def test_with_evidence_nothing_is_repeated() -> None:
    outcome = played("grow", many_from=0.0)
    plan = next(event.plan for event in events(outcome, RunStarted))
    entered = [plan.stages[event.row] for event in events(outcome, StageEntered)]
    assert any(stage.is_repeat for stage in plan.stages)
    assert entered and not any(stage.is_repeat for stage in entered)
    assert ended(outcome) == "finished"


def test_a_source_that_is_gone_is_no_reason_to_grow() -> None:
    gone = Faults(metrics_gone_from=BEGIN + 30.0, metrics_gone_to=BEGIN + 400.0)
    outcome = played("grow", faults=gone, many_from=0.0)
    assert (rules(outcome, Held), ended(outcome)) == (["blind"], "finished")
    assert "grow" not in rules(outcome, StageEntered)
