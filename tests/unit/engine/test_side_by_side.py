"""Both versions of a recording: only the stages in which both had users, and what they say of each."""

import pytest

from shipway.engine.side_by_side import side_by_side
from shipway.model.metric import Metric
from shipway.model.recording import Measured, RecordedLook, RecordedStage, Recording, Total
from shipway.model.share import TOTAL, Share

DECLINED = Metric(name="declined", query="{version}")
PER_ORDER = Metric(name="per_order", query="{version}", of="{version}")
MEMORY = Metric(name="memory", resource="memory")
PROCESSOR, LOGGED = Metric(name="processor", resource="cpu"), Metric(name="logged", resource="error-lines")
STARTS = Metric(name="restarts", resource="restarts")
BOUNDS = (0.1, 0.5)


def recording(*, ours: int = 100, theirs: int = 100, looks: int = 50, share: float = 0.5) -> Recording:
    """Before the experiment, in it, and with all traffic on the candidate: the last part is twice as bad."""
    stages = (
        RecordedStage(name="experiment", share=Share(round(share * TOTAL))),
        RecordedStage(name="all", share=TOTAL),
    )
    found, stable, candidate = [], [0, 0], [0, 0]
    for number in range(looks + 10):
        stage = -1 if number < 5 else 0 if number < looks + 5 else 1
        found.append(look(number, stage, stable, candidate))
        stable[0] += theirs if stage < 1 else 0
        stable[1] += 1 if stage < 1 else 0
        candidate[0] += (0, ours, ours + theirs)[stage + 1]
        candidate[1] += (0, 5, 50)[stage + 1]
    return Recording(name="2.0-1", stages=stages, looks=tuple(found), bounds_seconds=BOUNDS)


def look(number: int, stage: int, stable: list[int], candidate: list[int]) -> RecordedLook:
    def total(counted: list[int]) -> Total:
        return Total(requests=counted[0], errors=counted[1], buckets=(counted[0] // 2, counted[0]))

    return RecordedLook(
        at=10.0 * number,
        stage=stage,
        stable=total(stable),
        candidate=total(candidate),
        metrics={
            "declined": {"stable": Measured(stable[0] // 10), "candidate": Measured(candidate[0] // 5)},
            "per_order": {"candidate": Measured(candidate[1], candidate[0] // 2)},
            "memory": {"stable": Measured(64.0 + number % 2), "candidate": Measured(80.0)},
            "processor": {"candidate": Measured(candidate[0] * 0.002)},
            "logged": {"candidate": Measured(candidate[0] // 50)},
            "restarts": {"candidate": Measured(number // 20, number / 360.0)},
        },
    )


def test_only_stages_with_users_on_both_are_counted() -> None:
    found = side_by_side(recording(), [])
    assert found.stages == ("experiment",) and found.seconds == pytest.approx(490.0)
    assert (found.stable.requests, found.candidate.requests) == (4_900, 4_900)
    assert (found.stable.errors, found.candidate.errors) == (49, 245)
    assert found.stable.error_rate.high < found.candidate.error_rate.low
    assert found.ratio is not None and found.ratio.low < 5.0 < found.ratio.high


def test_latency_and_metrics_stand_beside_each_other() -> None:
    found = side_by_side(recording(), [DECLINED, PER_ORDER, MEMORY])
    low, half, high = found.candidate.quantiles[0]
    assert low is not None and half is not None and high is not None and low < half < high
    assert found.stable.metrics["declined"].estimate == pytest.approx(0.1, rel=0.05)
    assert found.candidate.metrics["declined"].estimate == pytest.approx(0.2, rel=0.05)
    assert found.candidate.metrics["per_order"].estimate == pytest.approx(0.1, rel=0.05)
    assert "per_order" not in found.stable.metrics, "it has no value there"
    memory = found.stable.metrics["memory"]
    assert (memory.low, memory.high) == (64.0, 65.0)


def test_what_the_platform_counts_since_it_looks_is_of_requests_and_hours() -> None:
    found = side_by_side(recording(), [PROCESSOR, LOGGED, STARTS]).candidate.metrics
    assert found["processor"].estimate == pytest.approx(0.002, rel=0.05)
    assert found["logged"].low < 0.02 < found["logged"].high < 0.04
    assert found["restarts"].low < found["restarts"].estimate == pytest.approx(18.0, rel=0.2)


@pytest.mark.parametrize(
    ("ours", "is_mismatch"),
    [(100, False), (104, False), (140, True), (60, True)],
)
def test_a_division_that_neither_chance_nor_busy_users_explain_is_told(ours: int, is_mismatch: bool) -> None:
    divided = side_by_side(recording(ours=ours, looks=400), []).divided
    assert divided is not None and divided.is_mismatch is is_mismatch


def test_nothing_seen_says_nothing() -> None:
    found = side_by_side(recording(looks=0), [DECLINED])
    assert found.stages == () and found.divided is None and found.ratio is None
    assert found.stable.error_rate.high == 1.0
