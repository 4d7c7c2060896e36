"""The promise and the power, on thousands of simulated rollouts. Seeds are fixed, so figures do not move."""

import math

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.stats import binom

from shipway.model.policy import Guard
from shipway.model.verdict import Kind
from unit.analysis.rollouts import Plan, Streams, Together, convicted_at, drawn, verdicts

RUNS = 4000
ALPHA = 0.01
UNLUCKY = 1e-4
"""A rate that equals the promise fails a test this rarely."""


def most(runs: int, alpha: float) -> int:
    """False take-backs that a promise of `alpha` allows in so many runs."""
    return int(binom.isf(UNLUCKY, runs, alpha))


@pytest.mark.parametrize("ratio", [1, 3, 20])
@pytest.mark.parametrize(
    "plan",
    [Plan(pace=100.0, rate=0.001), Plan(pace=500.0, rate=0.01, step=1.0, stay=60.0)],
    ids=["sparse", "dense"],
)
def test_runs_in_lockstep_are_convicted_when_the_real_judge_does(plan: Plan, ratio: float) -> None:
    guard, runs = Guard(false_rollback=0.05), 4
    streams = drawn(plan, ratio=ratio, runs=runs, seed=3)
    real = [convicted_at(plan, streams, run, guard) for run in range(runs)]
    assert Together(plan, streams, alpha=guard.false_rollback).convicted_at().tolist() == real


@pytest.mark.parametrize(("pace", "rate"), [(10.0, 0.01), (100.0, 0.001), (100.0, 0.01), (1000.0, 0.001)])
def test_equal_candidates_are_taken_back_no_more_often_than_promised(pace: float, rate: float) -> None:
    plan = Plan(pace=pace, rate=rate)
    found = Together(plan, drawn(plan, ratio=1.0, runs=RUNS, seed=11), alpha=ALPHA).convicted_at()
    wrong = int(np.isfinite(found).sum())
    print(
        f"{pace:g} requests/s, base {rate:.1%}: {wrong} of {RUNS} equal candidates convicted, {ALPHA:.1%} promised"
    )
    assert 0 < wrong <= most(RUNS, ALPHA)


def test_a_base_rate_that_rises_while_the_share_grows_convicts_nobody() -> None:
    """Simpson: pooled over stages the candidate looks 1.9 times as bad; side by side it is equal."""
    plan = Plan(pace=200.0, rate=0.002, shares=(0.01, 0.05, 0.1, 0.25, 0.5))
    streams = drawn(plan, ratio=1.0, runs=RUNS, seed=12, drift=4.0)
    pooled = (streams.errors.sum() / streams.requests.sum()) / (
        streams.stable_errors.sum() / streams.stable_requests.sum()
    )
    assert pooled > 1.3
    wrong = int(np.isfinite(Together(plan, streams, alpha=ALPHA).convicted_at()).sum())
    assert wrong <= most(RUNS, ALPHA)


@pytest.mark.parametrize(
    ("pace", "share", "ratio", "median", "p95"),
    [
        (100.0, 0.05, 5.0, 450.0, 1000.0),
        (100.0, 0.05, 20.0, 70.0, 140.0),
        (100.0, 0.25, 5.0, 145.0, 285.0),
        (1000.0, 0.05, 20.0, 10.0, 15.0),
    ],
)
def test_regressions_are_found_about_as_fast_as_theory_allows(
    pace: float, share: float, ratio: float, median: float, p95: float
) -> None:
    """Half an hour at one share, base 0.1%, promise 0.1%, a scrape every 5 seconds."""
    plan = Plan(pace=pace, rate=0.001, shares=(share,), stay=1800.0)
    found = Together(plan, drawn(plan, ratio=ratio, runs=400, seed=13), alpha=0.001).convicted_at()
    assert np.quantile(found, 0.5) <= median
    assert np.quantile(found, 0.95) <= p95


@pytest.mark.parametrize(("share", "seed"), [(0.1, 14), (0.1, 15), (0.5, 16)])
def test_health_means_that_the_noticed_regression_would_have_been_taken_back(share: float, seed: int) -> None:
    """The same requests and stable errors, but a candidate failing 5%: convicted when an equal one got healthy."""
    plan, guard = Plan(pace=20.0, rate=0.0001, shares=(share,), stay=600.0), Guard()
    one = drawn(plan, ratio=1.0, runs=1, seed=seed)
    said = verdicts(plan, one, 0, guard)
    since = next(seconds for seconds, verdict, _ in said if verdict.kind == Kind.HEALTHY)
    random = np.random.default_rng(seed)
    requests = np.repeat(one.requests, RUNS, axis=1)
    bad = Streams(
        requests=requests,
        errors=random.binomial(requests, 0.05),
        stable_requests=np.repeat(one.stable_requests, RUNS, axis=1),
        stable_errors=np.repeat(one.stable_errors, RUNS, axis=1),
    )
    found = Together(plan, bad, alpha=guard.false_rollback).convicted_at()
    assert 0.0 < since < 600.0
    assert np.mean(found <= since) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / RUNS)


def test_a_candidate_exactly_at_its_limit_is_convicted_no_more_often_than_promised() -> None:
    """Half of the promise is the limit's; nothing else can convict, since there is no baseline."""
    plan, guard, runs = Plan(pace=50.0, rate=0.01, shares=(1.0,), before=0.0), Guard(false_rollback=0.1), 400
    guard = replace(guard, success_rate_min=0.99)
    streams = drawn(plan, ratio=1.0, runs=runs, seed=17)
    wrong = sum(np.isfinite(convicted_at(plan, streams, run, guard)) for run in range(runs))
    assert wrong <= most(runs, guard.false_rollback / 2)
    bad = drawn(plan, ratio=5.0, runs=20, seed=18)
    assert all(convicted_at(plan, bad, run, guard) <= 30.0 for run in range(20))
