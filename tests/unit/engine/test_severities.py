"""What follows medium and low harm over time: verdicts that waver, clear, and grow."""

import pytest

from kernel import BLIND, HEALTHY, NOW, V1, V2, case, harm, plan_of, replicas, seen
from shipway.engine.case import Case, Move
from shipway.engine.decide import decide
from shipway.engine.notice import noticed
from shipway.model.event import Cleared, Marked
from shipway.model.verdict import Severity, Verdict

MEDIUM, LOW = harm(Severity.MEDIUM), harm(Severity.LOW)


def canary(verdict: Verdict, *, row: int = 2, now: float = NOW, **run: object) -> Case:
    """A canary's second stage, entered half a minute ago."""
    plan = plan_of("canary")
    shares = {name: share / 1000 for name, share in plan.stages[row].route.shares.items()}
    world = seen((*replicas(V1, 4), *replicas(V2, 4)), shares, now=now)
    changes = {"settled_at": NOW - 10.0, "stayed_from": NOW - 10.0, "entered_at": NOW - 30.0, **run}
    return case(plan, row, world, verdict=verdict, now=now, **changes)


def lived(verdicts: list[tuple[float, Verdict]]) -> tuple[Case, dict[str, float]]:
    """The marks after verdicts at so many seconds."""
    marks: dict[str, float] = {}
    for seconds, verdict in verdicts:
        told = canary(verdict, now=NOW + seconds, marks=dict(marks))
        for event in noticed(told.run, told.world, verdict):
            if isinstance(event, Marked):
                marks.setdefault(event.name, NOW + seconds)
            if isinstance(event, Cleared):
                marks.pop(event.name, None)
    return told, marks


def test_a_verdict_that_wavers_does_not_start_the_patience_anew() -> None:
    wavering = [(float(second), MEDIUM if second % 20 < 10 else HEALTHY) for second in range(0, 900, 5)]
    told, marks = lived([*wavering, (905.0, MEDIUM)])
    assert marks["medium"] == NOW
    decision = decide(canary(MEDIUM, now=NOW + 905.0, marks=marks))
    assert (decision.move, decision.rule) == (Move.BACK, "medium")
    assert told.run.hold is None


def test_medium_harm_has_cleared_when_it_was_not_seen_for_a_minute() -> None:
    begun = [(0.0, MEDIUM), (10.0, HEALTHY)]
    assert "medium" in lived([*begun, (65.0, HEALTHY)])[1]
    assert lived([*begun, (71.0, HEALTHY)])[1] == {}
    waits = decide(canary(HEALTHY, now=NOW + 60.0, marks={"medium": NOW}))
    assert (waits.move, waits.rule) == (Move.STAY, "medium-clears")


def test_a_guard_that_sees_nothing_clears_nothing() -> None:
    marks = lived([(0.0, MEDIUM), (10.0, BLIND), (100.0, BLIND), (200.0, BLIND)])[1]
    assert marks["medium"] == NOW


def test_low_harm_that_is_medium_at_a_later_stage_has_grown() -> None:
    earlier = decide(canary(MEDIUM, marks={"low": NOW - 60.0, "medium": NOW}))
    assert (earlier.move, earlier.rule) == (Move.BACK, "low-grew")


@pytest.mark.parametrize("began", [NOW - 20.0, NOW - 1900.0], ids=["in the same stage", "half an hour ago"])
def test_low_harm_of_the_same_stage_or_of_long_ago_has_not(began: float) -> None:
    assert decide(canary(MEDIUM, marks={"low": began, "medium": NOW})).rule == "medium-wait"


def test_low_harm_stays_open_for_half_an_hour() -> None:
    assert lived([(0.0, LOW), (600.0, HEALTHY)])[1] == {"low": NOW}
    assert lived([(0.0, LOW), (600.0, HEALTHY), (1801.0, HEALTHY)])[1] == {}
