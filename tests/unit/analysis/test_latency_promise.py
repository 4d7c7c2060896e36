"""What is spent of the promise by the comparison of latency: by stage, and inside a stage as requests come."""

import math

import numpy as np
import pytest

from benchmarks.latencies import Service as Scraped
from benchmarks.latencies import scrapes
from benchmarks.latency_streams import Candidate, Service, reached
from shipway.analysis import arrays, late, spending
from shipway.analysis.latency import LEVELS, Slower, slower_at
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.model.latency_noise import CALM, STEADY, LatencyNoise
from shipway.model.noise import QUIET

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
