"""The end of an experiment: a person decides, or the release has said what follows. Harm comes first."""

import pytest

from kernel import NOW, V1, V2, case, harm, plan_of, replicas, seen
from shipway.engine.case import Case, Decision, Move
from shipway.engine.decide import decide
from shipway.engine.state import Hold
from shipway.model.release import Experiment
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Severity, Verdict
from shipway.simulation.random_scenario import HEALTHY, NOT_ENOUGH

OVER = {"stayed_from": NOW - 950.0}


def at(then: str, verdict: Verdict = HEALTHY, **changes: object) -> Case:
    plan = plan_of("experiment", experiment=Experiment(seconds=900.0, then=then))
    observed = seen((*replicas(V1, 4), *replicas(V2, 2)), {V1: TOTAL // 2, V2: TOTAL // 2})
    return case(plan, 1, observed, verdict=verdict, **changes)


def moved(decision: Decision) -> tuple[Move, str]:
    return decision.move, decision.rule


@pytest.mark.parametrize("then", ["ask", "promote", "back"])
def test_it_lasts_as_long_as_it_says_whatever_is_known(then: str) -> None:
    assert moved(decide(at(then, stayed_from=NOW - 800.0))) == (Move.STAY, "bake")


def test_then_it_does_what_the_release_says() -> None:
    assert moved(decide(at("ask", **OVER))) == (Move.HOLD, "decision")
    assert moved(decide(at("ask", NOT_ENOUGH, **OVER))) == (Move.HOLD, "decision")
    assert moved(decide(at("promote", **OVER))) == (Move.FORWARD, "healthy")
    assert decide(at("promote", NOT_ENOUGH, **OVER)).move == Move.EXTEND
    back = decide(at("back", **OVER))
    assert (back.move, back.rule, back.row) == (Move.BACK, "over", 0)


@pytest.mark.parametrize("then", ["ask", "promote", "back"])
def test_harm_ends_it_at_once(then: str) -> None:
    assert moved(decide(at(then, harm(Severity.CRITICAL)))) == (Move.BACK, "critical")


def test_a_person_ends_the_wait() -> None:
    hold = Hold(rule="decision", reason="over", at=NOW)
    assert moved(decide(at("ask", hold=hold, **OVER))) == (Move.STAY, "decision")
    assert decide(at("ask", hold=hold, go_on=True, promote="stage", **OVER)).move == Move.RELEASE
    asked = decide(at("ask", promote="stage", **OVER))
    assert (asked.move, asked.rule, asked.row) == (Move.FORWARD, "asked", 2)


def test_shares_are_as_asked_for() -> None:
    assert at("ask").run.stage.route.shares[V2] == Share(50_000)
