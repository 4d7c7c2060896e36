"""When a stage that needs evidence is left early."""

import pytest
from msgspec.structs import replace

from kernel import HEALTHY, NOW, V1, V2, case, plan_of, replicas, seen
from shipway.engine.case import Case, Move
from shipway.engine.decide import decide
from shipway.model.policy import Guard
from shipway.model.verdict import Severity, Verdict

PROVEN = replace(HEALTHY, is_proven=True)
EARLY = Guard(promote="when-proven", minimum_stay=20.0)


def stayed(seconds: float, verdict: Verdict, guard: Guard, **run: object) -> Case:
    """A canary's first stage, reached so many seconds ago."""
    plan = plan_of("canary", guard=guard)
    shares = {name: share / 1000 for name, share in plan.stages[1].route.shares.items()}
    world = seen((*replicas(V1, 4), *replicas(V2, 4)), shares)
    since = NOW - seconds
    return case(plan, 1, world, verdict=verdict, settled_at=since, stayed_from=since, **run)


def test_a_proven_candidate_goes_on_after_the_minimum_stay() -> None:
    assert decide(stayed(19.0, PROVEN, EARLY)).rule == "bake"
    decision = decide(stayed(21.0, PROVEN, EARLY))
    assert (decision.move, decision.rule) == (Move.FORWARD, "proven")


@pytest.mark.parametrize(("verdict", "guard"), [(HEALTHY, EARLY), (PROVEN, Guard(minimum_stay=20.0))])
def test_health_without_proof_and_proof_without_the_wish_wait_for_the_bake(verdict: Verdict, guard: Guard) -> None:
    assert decide(stayed(21.0, verdict, guard)).rule == "bake"


def test_low_harm_with_a_doubt_is_not_enough_to_leave() -> None:
    low = Verdict(kind="harmful", severity=Severity.LOW, sentence="a little slower", doubt="too few requests")  # type: ignore[arg-type]
    decision = decide(stayed(5000.0, low, Guard(no_data="ask")))
    assert (decision.move, decision.rule, decision.reason) == (Move.HOLD, "no-evidence-ask", "too few requests")


def test_who_asked_for_a_person_is_not_overtaken_by_health() -> None:
    from shipway.engine.state import Hold

    for rule, move in (("no-evidence-ask", Move.STAY), ("no-evidence", Move.RELEASE)):
        held = Hold(rule=rule, reason="too few", at=NOW - 5.0)
        assert decide(stayed(5000.0, HEALTHY, Guard(), hold=held)).move == move
