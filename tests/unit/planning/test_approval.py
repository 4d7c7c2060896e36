"""A risky change waits for those who must agree, in a row of its own before anything is started."""

import pytest
from msgspec.structs import replace

from kernel import NOW, V1, V2, case, plan_of, release, replicas, seen
from shipway.engine.case import Case, Move
from shipway.engine.decide import decide
from shipway.engine.state import Hold
from shipway.model.plan import Need
from shipway.model.release import Approval
from shipway.planning.facts import Facts
from shipway.planning.plan import plan

ASKED = Approval(asks="high risk: touches payments")
GATE = Need(kind="command", target="./on-call")
LIVE = Facts(base=V1, replicas=4)


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "experiment"])
def test_the_row_is_as_row_0_and_the_others_follow(strategy: str) -> None:
    plain = plan_of(strategy)
    asked = plan_of(strategy, approval=ASKED)
    row = asked.stages[1]
    assert (row.name, row.capacity, row.route) == ("approval", plain.stages[0].capacity, plain.stages[0].route)
    assert [one.name for one in asked.stages[2:]] == [one.name for one in plain.stages[1:]]
    assert asked.promoted == plain.promoted + 1
    assert [one.back for one in asked.stages[2:]] == [
        one.back + 1 if one.back else one.back for one in plain.stages[1:]
    ]


def test_nobody_is_asked_at_a_first_deployment_or_on_the_way_back() -> None:
    wish = replace(release("canary"), approval=ASKED)
    assert "approval" not in [row.name for row in plan(wish, Facts()).stages]
    assert "approval" not in [row.name for row in plan(wish, replace(LIVE, base=V2)).stages]
    assert "approval" not in [row.name for row in plan_of("canary", approval=Approval()).stages]


def waiting(approval: Approval = ASKED, **changes: object) -> Case:
    observed = seen(replicas(V1, 4), {V1: 100})
    return case(plan_of("canary", approval=approval), 1, observed, stayed_from=NOW - 1, **changes)


def test_it_is_held_until_somebody_agrees() -> None:
    decision = decide(waiting())
    assert (decision.move, decision.rule, decision.reason) == (
        Move.HOLD,
        "approval",
        "high risk: touches payments",
    )
    hold = Hold(rule="approval", reason="", at=NOW)
    assert decide(waiting(hold=hold)).move == Move.STAY
    assert decide(waiting(hold=hold, go_on=True, promote="stage")).move == Move.RELEASE
    assert (decide(waiting(promote="stage")).move, decide(waiting(promote="stage")).row) == (Move.FORWARD, 2)


def test_gates_come_first_and_one_that_says_no_ends_it() -> None:
    both = replace(ASKED, gates=(GATE,))
    assert decide(waiting(both)).rule == "gates"
    assert decide(waiting(both, gates={"1/0": True})).rule == "approval"
    refused = decide(waiting(both, gates={"1/0": False}, gate_detail="nobody is on call"))
    assert (refused.move, refused.row, refused.reason) == (Move.BACK, 0, "nobody is on call")
    only = decide(waiting(Approval(gates=(GATE,)), gates={"1/0": True}))
    assert (only.move, only.row) == (Move.FORWARD, 2)


def test_hours_have_a_row_of_their_own_once_all_have_agreed() -> None:
    hours = Need(kind="hours", target="22:00-06:00 UTC")
    both = plan_of("canary", approval=replace(ASKED, hours=hours))
    assert [row.name for row in both.stages[1:3]] == ["approval", "off-peak"]
    assert both.stages[2].gates == (hours,) and both.stages[2].stay.asks == ""
    assert both.promoted == plan_of("canary").promoted + 2
    only = plan_of("canary", approval=Approval(hours=hours))
    assert [row.name for row in only.stages[1:3]] == ["off-peak", plan_of("canary").stages[1].name]
    waits = decide(case(only, 1, seen(replicas(V1, 4), {V1: 100}), stayed_from=NOW - 1, promote="stage"))
    assert (waits.move, waits.rule) == (Move.STAY, "gates")
    assert waits.reason == "0 of 1 gates have agreed; awaited: 22:00-06:00 UTC"
