"""A run's guard begins with what the service's past teaches, and says so."""

from concurrent.futures import Future

import pytest
from msgspec.structs import replace

from kernel import NOW, V1, V2
from shipway.engine import calibrate
from shipway.engine.calibrate import Lesson, begin, mistrusted
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET, Noise
from shipway.model.past import Past
from shipway.model.plan import Plan, Stage, Stay
from shipway.model.policy import Guard, Limits
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import TOTAL, Share

NOISE = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(3.0, 5.0))
SLOW = LatencyNoise(block_seconds=10.0, extra_nats=((9.0, 5.0), (2.0, 0.0), (0.0, 0.0)))
SHARES = (0, 5, 100)
BEFORE = Evidence(run=3, source=b"remembered")


def run(*, row: int = 0, entered_at: float = NOW, replicas: int = 2) -> Run:
    stages = tuple(
        Stage(
            name=f"{share}%",
            route=Route(shares={V2: Share(share * TOTAL // 100), V1: Share(TOTAL - share * TOTAL // 100)}),
            stay=Stay(bake=600.0),
        )
        for share in SHARES
    )
    plan = Plan(
        service="checkout",
        strategy="canary",
        base=V1,
        candidate=V2,
        stages=stages,
        promoted=2,
        limits=Limits(replicas=replicas),
        guard=Guard(),
    )
    return Run(id=7, plan=plan, by="ana", started_at=NOW, row=row, entered_at=entered_at)


def ended(candidate: str, outcome: str, **changes: object) -> Past:
    usual = Past(
        id=1,
        strategy="canary",
        base=V1,
        candidate=RevisionId(candidate),
        by="ana",
        outcome=outcome,
        reason="",
        started_at=0.0,
        ended_at=1.0,
    )
    return replace(usual, **changes)


def test_the_guard_begins_with_the_noise_and_the_sentence() -> None:
    evidence = begin(Lesson(run=7, sentence="calibrated", noise=(NOISE, SLOW)), run(), BEFORE, now=NOW)
    assert evidence is not None and (evidence.run, evidence.calibration) == (7, "calibrated")
    assert evidence.tally.compared.noise == NOISE
    assert evidence.tally.slowness.noise == SLOW
    assert evidence.source == b"remembered"


def test_the_guard_waits_for_its_lesson_before_the_first_users_and_shortly_after() -> None:
    waits: Future[calibrate.Noises] = Future()
    lesson = Lesson(run=7, sentence="calibrated", noise=waits)
    assert begin(lesson, run(), BEFORE, now=NOW + 3600.0) is None
    assert begin(lesson, run(row=1), BEFORE, now=NOW + 29.0) is None
    late = begin(lesson, run(row=1), BEFORE, now=NOW + 31.0)
    assert late is not None and late.tally.compared.noise == QUIET and late.tally.slowness.noise == CALM
    assert late.calibration == f"{calibrate.TOO_LATE}; {calibrate.LASTS}"
    waits.set_result((NOISE, SLOW))
    found = begin(lesson, run(row=1), BEFORE, now=NOW + 31.0)
    assert found is not None and found.tally.compared.noise == NOISE


def test_the_stages_are_those_with_users() -> None:
    assert [(stage.share, stage.stay_seconds) for stage in calibrate.stages_of(run().plan)] == [
        (pytest.approx(0.05), 600.0),
        (1.0, 600.0),
    ]


@pytest.mark.parametrize("replicas", (1, 2))
def test_without_windows_it_says_how_many_are_missing_and_why(replicas: int) -> None:
    lesson = calibrate.lesson_of(calibrate.Kept(), run(replicas=replicas), (), None, now=NOW)
    assert lesson.noise == (QUIET, CALM)
    assert lesson.sentence.startswith("not calibrated: 0 of 100 windows")
    assert ("single replica" in lesson.sentence) is (replicas == 1)
    assert lesson.sentence.endswith(calibrate.LASTS)


def test_a_source_whose_queries_sum_over_replicas_is_named_as_the_reason() -> None:
    lesson = calibrate.lesson_of(calibrate.Kept(is_told=False), run(), (), None, now=NOW)
    assert f"are known: {calibrate.SUMMED}" in lesson.sentence


def test_a_first_deployment_and_a_release_that_is_never_alone_wait_for_no_harm_to_last() -> None:
    plan = run().plan
    for other in (replace(plan, base=None), replace(plan, stages=plan.stages[:2], promoted=1)):
        assert calibrate.untaught("not calibrated", other) == "not calibrated"


def test_revisions_that_were_taken_back_or_left_are_not_trusted() -> None:
    assert mistrusted((ended("v2", "rolled-back", turned_at=1.0),)) == {V2}
    assert mistrusted((ended("v2", "finished"), ended("v1", "finished", strategy="back", base=V2))) == {V2}
    assert mistrusted((ended("v2", "rolled-back", turned_at=1.0), ended("v2", "finished"))) == frozenset()
    assert mistrusted((ended("v2", "superseded"),)) == frozenset()
