"""Whatever a run has lived through: no decision goes forward on harm or on nothing, and none waits for ever."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kernel import BLIND, HEALTHY, NOW, UNKNOWN, V1, V2, case, harm, plan_of, replicas, seen
from shipway.engine.case import Case, Move
from shipway.engine.decide import PAUSE_MAX_SECONDS, decide
from shipway.engine.state import Hold, TurnedBack
from shipway.model.plan import Plan
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity

FAR = 10 * PAUSE_MAX_SECONDS
"""Later than every deadline, stay, patience and pause."""
ANY_CASE = settings(
    max_examples=1500, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
PROVEN = replace(HEALTHY, is_proven=True)
VERDICTS = (HEALTHY, PROVEN, BLIND, UNKNOWN, *(harm(severity) for severity in Severity))
RULES_OF_HOLDS = ("drift", "blind", "no-evidence", "back-at-stage", "paused-long", "late-stable-broken", "gate")


@st.composite
def some_plan(draw: st.DrawFn) -> Plan:
    strategy = draw(st.sampled_from(("rolling", "blue-green", "canary")))
    no_data = draw(st.sampled_from(("extend", "grow", "hold", "ask", "rollback", "go")))
    promote = draw(st.sampled_from(("after-bake", "when-proven")))
    return plan_of(strategy, first=draw(st.integers(0, 4)) == 0, guard=Guard(no_data=no_data, promote=promote))


@st.composite
def some_case(draw: st.DrawFn) -> Case:
    plan = draw(some_plan())
    going_back = draw(st.integers(0, 3)) == 0
    row = draw(st.integers(0, len(plan.stages) - 2) if going_back else st.integers(1, len(plan.stages) - 1))
    back = TurnedBack(row=row, rule="high", reason="harm", at=NOW - 30.0) if going_back else None
    wanted = plan.stages[row]
    fleet = (*replicas(V1, draw(st.integers(0, 4))), *replicas(V2, draw(st.integers(0, 4))))
    settled = draw(st.booleans())
    hold = draw(st.sampled_from((None, None, *RULES_OF_HOLDS)))
    verdict = draw(st.sampled_from(VERDICTS))
    holding = [name for name in ("dead", "blind") if draw(st.integers(0, 4)) == 0]
    holding += ["medium"] if verdict.severity == Severity.MEDIUM else []
    marks = {name: NOW - draw(st.sampled_from((1.0, 60.0, 5000.0))) for name in holding}
    return case(
        plan,
        row,
        seen(fleet, {name: share / 1000 for name, share in wanted.route.shares.items()}),
        verdict=verdict,
        now=NOW + draw(st.sampled_from((0.0, 30.0, FAR))),
        settled_at=NOW - 10.0 if settled else None,
        stayed_from=NOW - 10.0 if settled else None,
        back=back,
        hold=Hold(rule=hold, reason="for a reason", at=NOW - 5.0) if hold else None,
        marks=marks,
        paused_at=NOW - 5.0 if draw(st.integers(0, 5)) == 0 else None,
        promote=draw(st.sampled_from(("", "", "", "stage", "all"))),
        go_on=draw(st.integers(0, 5)) == 0,
        back_to=draw(st.sampled_from((None, None, None, *range(row + 1)))),
        drift=("the route was edited by hand",) if draw(st.integers(0, 6)) == 0 else (),
        extensions=draw(st.integers(0, 2)),
    )


def back_is_for_good(case: Case) -> None:
    if not (case.run.back is not None):
        return
    decision = decide(case)
    if decision.move == Move.FORWARD:
        assert decision.rule == "asked" and case.run.settled_at is not None
    if decision.move == Move.BACK:
        assert decision.row < case.run.row


def a_run_never_goes_forward_on_proven_harm(case: Case) -> None:
    if not (case.run.back is None and case.verdict.kind == Kind.HARMFUL and case.verdict.severity != Severity.LOW):
        return
    assert decide(case).move not in (Move.FORWARD, Move.END)


def nothing_known_is_never_called_healthy(case: Case) -> None:
    if not (case.run.back is None and case.verdict.kind in (Kind.BLIND, Kind.NOT_ENOUGH)):
        return
    decision = decide(case)
    if decision.move == Move.FORWARD and case.run.stage.stay.needs_evidence:
        assert decision.rule in ("asked", "stable-broken", "no-evidence-go", "grow")
    if decision.rule == "grow":
        assert case.run.plan.stages[decision.row].is_repeat and not case.run.stage.is_repeat
    assert decision.rule != "healthy"


def critical_harm_turns_back_at_once_or_says_why_it_cannot(case: Case) -> None:
    if not (case.run.back is None and case.verdict.severity == Severity.CRITICAL):
        return
    decision = decide(case)
    if decision.move == Move.BACK:
        assert decision.row == 0 or decision.rule == "asked"
    else:
        why = decision.rule.removeprefix("critical").removeprefix("asked")
        assert why in ("-no-way-back", "-stable-broken"), decision


def every_deadline_leads_somewhere(case: Case) -> None:
    """However late it is: a run moves, or is held, or waits for its gates, whose own time is limited."""
    late = replace(case, now=NOW + FAR)
    decision = decide(late)
    if decision.move == Move.STAY:
        held = late.run.hold is not None or decision.rule == "gates"
        gone_back = late.run.back is not None and late.run.settled_at is not None
        assert held or gone_back, decision


def a_hold_has_a_reason_and_is_said_once(case: Case) -> None:
    decision = decide(case)
    if decision.move != Move.HOLD:
        return
    assert decision.reason
    run = replace(case.run, hold=Hold(rule=decision.rule, reason=decision.reason, at=case.now), go_on=False)
    again = decide(replace(case, run=run))
    assert (again.move, again.rule) != (Move.HOLD, decision.rule)


def every_decision_names_its_rule_and_stays_within_the_plan(case: Case) -> None:
    decision = decide(case)
    assert decision.rule
    assert 0 <= decision.row < len(case.run.plan.stages)
    if decision.move == Move.FORWARD and case.run.back is None:
        assert decision.row in (case.run.row + 1, case.run.plan.promoted)


def a_broken_stable_revision_is_not_gone_back_to(case: Case) -> None:
    if not (case.run.back is None and case.is_stable_broken):
        return
    decision = decide(case)
    assert decision.move != Move.BACK or decision.rule == "asked"


RULES = (
    back_is_for_good,
    a_run_never_goes_forward_on_proven_harm,
    nothing_known_is_never_called_healthy,
    critical_harm_turns_back_at_once_or_says_why_it_cannot,
    every_deadline_leads_somewhere,
    a_hold_has_a_reason_and_is_said_once,
    every_decision_names_its_rule_and_stays_within_the_plan,
    a_broken_stable_revision_is_not_gone_back_to,
)


@ANY_CASE
@given(some_case())
def test_no_decision_breaks_a_rule(case: Case) -> None:
    for rule in RULES:
        rule(case)
