"""Replicas that crash, or whose health fails while they serve, speak against the candidate."""

import pytest
from msgspec.structs import replace

from kernel import HEALTHY, NOW, V1, V2, harm, plan_of, replicas, seen, world
from shipway.engine.failing import CRASH_LOOP_RESTARTS, SICK_SECONDS, with_replicas
from shipway.engine.state import Run
from shipway.model.fleet import Replica
from shipway.model.route import Route, UserRule
from shipway.model.verdict import Kind, Severity, Verdict

PLAN = plan_of("canary")
EXPOSED, UNEXPOSED = 2, 0
FEW = {V1: 80.0, V2: 20.0}


def judged(stable: tuple[Replica, ...], candidate: tuple[Replica, ...], *, row: int = EXPOSED) -> Verdict:
    run = Run(id=1, plan=PLAN, by="ana", started_at=0.0, row=row, entered_at=NOW - 600.0)
    here = world(seen((*stable, *candidate), FEW), PLAN.stages[row])
    return with_replicas(HEALTHY, run, here)


def sick(revision: str, count: int, of: int, *, seconds: float = SICK_SECONDS + 1) -> tuple[Replica, ...]:
    ill = {"ready": False, "ready_since": None, "sick_since": NOW - seconds, "detail": "503 failing: db"}
    found = replicas(revision, of)  # type: ignore[arg-type]
    return (*(replace(one, **ill) for one in found[:count]), *found[count:])


@pytest.mark.parametrize(("count", "severity"), [(1, Severity.MEDIUM), (2, Severity.HIGH), (4, Severity.HIGH)])
def test_health_that_fails_while_serving_is_harm_by_how_many_it_is(count: int, severity: Severity) -> None:
    verdict = judged(replicas(V1, 4), sick(V2, count, 4))
    assert verdict.kind == Kind.HARMFUL and verdict.severity == severity
    assert f"{count} of 4 candidate replicas" in verdict.sentence and "503 failing: db" in verdict.sentence
    assert verdict.first_bad_at == NOW - SICK_SECONDS - 1


def test_a_moment_says_nothing() -> None:
    assert judged(replicas(V1, 4), sick(V2, 4, 4, seconds=SICK_SECONDS - 1)) == HEALTHY


def test_what_makes_both_versions_sick_says_nothing_about_the_candidate() -> None:
    assert judged(sick(V1, 4, 4), sick(V2, 4, 4)) == HEALTHY
    assert judged(sick(V1, 1, 4), sick(V2, 4, 4)).severity == Severity.HIGH


def test_without_users_a_sick_candidate_harms_nobody() -> None:
    assert judged(replicas(V1, 4), sick(V2, 4, 4), row=UNEXPOSED) == HEALTHY


def test_chosen_users_are_harmed_as_others_are() -> None:
    chosen = replace(
        PLAN.stages[UNEXPOSED],
        route=Route(users=(UserRule(kind="header", name="canary", value="1", revision=V2),)),
    )
    run = Run(id=1, plan=replace(PLAN, stages=(chosen,)), by="ana", started_at=0.0, row=0, entered_at=NOW - 600.0)
    here = world(seen((*replicas(V1, 4), *sick(V2, 4, 4)), FEW), chosen)
    assert with_replicas(HEALTHY, run, here).severity == Severity.HIGH


def test_replicas_that_drain_are_not_counted() -> None:
    leaving = tuple(replace(one, draining_since=NOW - 5) for one in sick(V2, 2, 2))
    assert judged(replicas(V1, 4), (*leaving, *replicas(V2, 4)[2:])) == HEALTHY


def test_a_crash_loop_is_critical_and_a_worse_verdict_stays() -> None:
    looping = replicas(V2, 2, ready=False, ready_since=None, restarts=CRASH_LOOP_RESTARTS, detail="exited with 3")
    verdict = judged(replicas(V1, 4), looping)
    assert verdict.severity == Severity.CRITICAL
    assert "keep crashing" in verdict.sentence and "exited with 3" in verdict.sentence
    run = Run(id=1, plan=PLAN, by="ana", started_at=0.0, row=EXPOSED, entered_at=NOW)
    here = world(seen((*replicas(V1, 4), *sick(V2, 1, 4)), FEW), PLAN.stages[EXPOSED])
    assert with_replicas(harm(Severity.CRITICAL), run, here) == harm(Severity.CRITICAL)
