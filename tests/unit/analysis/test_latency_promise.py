"""What is spent of the promise by the comparison of latency: by stage, and inside a stage as requests come."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latencies import Service as Scraped
from benchmarks.latencies import judged, scrapes
from benchmarks.latency_streams import Candidate, Service, reached
from shipway.analysis import arrays, late, spending
from shipway.analysis.latency import LEVELS, Slower, is_no_slower, slower_at
from shipway.analysis.latency_verdict import BETA
from shipway.analysis.slowness import KINDS
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.model.latency_noise import CALM, STEADY, LatencyNoise
from shipway.model.noise import QUIET
from shipway.model.policy import Guard

PROMISED, RUNS = 0.1, 1500
PACE = 5.0
"""The candidate's requests a second in `told`."""
STAGES = Service(pace=100.0, shares=(0.05, 0.1, 0.25, 0.5, 0.5), stay=60.0)
STAGE = Service(pace=100.0, shares=(0.05,), stay=300.0)


def wrong(service: Service, noise: LatencyNoise = CALM) -> float:
    """The part of equal candidates that is called slower."""
    return float(np.isfinite(reached(service, noise, alpha=PROMISED, runs=RUNS, seed=3)[0]).mean())


@pytest.mark.parametrize(
    "service", [STAGE, STAGES, Service(pace=100.0, kind="shared bursts", shares=(0.1,), stay=120.0)]
)
def test_equal_candidates_are_called_slower_half_as_often_as_promised_or_less(service: Service) -> None:
    assert wrong(service) <= 0.55 * PROMISED


def test_where_the_past_is_steady_the_promise_is_used_better_and_kept() -> None:
    assert wrong(STAGE) <= wrong(STAGE, STEADY) <= 0.75 * PROMISED


def test_they_would_not_be_if_each_stage_had_all_of_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "part_of", lambda order, of: 1.0)
    assert wrong(STAGES) > 0.55 * PROMISED


def test_they_would_not_be_if_all_of_it_was_there_from_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "released", lambda gathered, ends, early: np.where(gathered > 0.0, 0.0, -np.inf))
    assert wrong(STAGE) > 0.55 * PROMISED


def test_they_would_not_be_if_looking_often_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "thresholds", lambda alpha, means, planned: np.full(means.shape, -math.log(alpha)))
    assert wrong(STAGE) > PROMISED


def told(*, of: int = 1, stay: float = 300.0, noise: LatencyNoise | None = None, alpha: float = 0.001) -> Slower:
    """At the widest level, after a minute of one and the same candidate."""
    tally = Tally() if noise is None else calibrated(Tally(), QUIET, noise)
    for at, stable, candidate in scrapes(Scraped(times=1.3), 60, 1):
        if at == 1.0:
            tally = begin_stage(tally, index=0, of=of, share=0.05, stay_seconds=stay)
        tally = absorb(tally, stable=stable, candidate=candidate)
    return next(each for each in slower_at(tally, alpha=alpha) if each.worse_by == 0.0)


def test_the_first_of_five_stages_has_half_of_the_promise() -> None:
    assert told().excess - told(of=5).excess == pytest.approx(math.log(2.0))


def test_of_several_levels_each_has_its_part_of_the_promise() -> None:
    found = told(alpha=0.001)
    assert told(alpha=0.01).excess - found.excess == pytest.approx(math.log(10.0))
    planned = PACE * 300.0 * found.level.share
    counted = found.slow - found.left_out + found.stable_slow
    mean = counted * found.requests / (found.requests + found.stable_requests)
    early = spending.early(planned)
    score = found.surprise + math.log(late.REST) + spending.released(mean, planned, early)
    assert found.excess == pytest.approx(score - spending.threshold(0.001 / LEVELS, planned, early), abs=0.1)


def test_little_is_released_early_in_a_long_stage() -> None:
    short, long = told(stay=300.0), told(stay=3000.0)
    assert short.surprise == long.surprise
    assert short.excess - long.excess > 0.5


def test_what_the_past_raises_is_added_to_the_bar() -> None:
    noise = LatencyNoise(extra_nats=((3.0,), (2.0,), (1.0,)))
    assert told().excess - told(noise=noise).excess == pytest.approx(3.0)


def test_a_slower_candidate_is_called_so_by_no_more_than_it_is() -> None:
    """By more than a half: not the one that is slower by 45% everywhere."""
    service = Service(pace=1000.0, shares=(0.25,), stay=300.0)
    found = reached(service, candidate=Candidate(times=1.45), alpha=PROMISED, runs=300, seed=5)
    assert np.isfinite(found[1]).mean() > 0.99
    assert np.isfinite(found[2]).mean() <= PROMISED


PROMETHEUS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
EQUAL = Scraped(pace=1000.0)


def after(service: Scraped, seconds: int = 120) -> Tally:
    *_, (_, _, tally) = judged(service, seconds, 1, Guard())
    return tally


def test_coarse_bounds_prove_nothing_of_a_candidate_that_is_slower_by_the_margin() -> None:
    """The next bound above is two and a half times as far: there it would look no slower."""
    coarse = replace(EQUAL, bounds=PROMETHEUS, candidate_bounds=PROMETHEUS)
    assert not is_no_slower(after(replace(coarse, times=1.25), 240), beta=BETA)


def test_a_proof_of_being_no_slower_spends_its_promise_too(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = after(EQUAL)
    assert is_no_slower(tally, beta=BETA)
    monkeypatch.setattr(spending, "released", lambda gathered, end, early: -100.0)
    assert not is_no_slower(tally, beta=BETA)


def test_buckets_that_changed_cost_each_later_proof_half_of_its_promise() -> None:
    tally = after(Scraped(times=1.5), 60)
    renewed = replace(tally, slowness=replace(tally.slowness, renewals=1))
    before, later = (slower_at(one, alpha=0.001)[-1].excess for one in (tally, renewed))
    assert before - later == pytest.approx(math.log(2.0))


def test_blocks_leave_nothing_out_of_what_proves_that_a_candidate_is_no_slower() -> None:
    cells = after(Scraped(times=3.0, pace=1000.0), 30).slowness.cells
    for level in range(0, len(cells), KINDS):
        assert cells[level].left_out > 0
        assert cells[level + KINDS - 1].left_out == 0
