"""The exact tail and the estimate of size."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom, poisson

from shipway.analysis import spending
from shipway.analysis.comparison import BAD_SCRAPES_MIN
from shipway.analysis.ratio import median_ratio
from shipway.analysis.tail import surprise


@pytest.mark.parametrize(("errors", "total", "mean"), [(3, 5, 0.4), (38, 239, 10.5), (1, 1, 0.05), (7, 7, 0.35)])
def test_the_surprise_is_the_binomial_tail(errors: int, total: int, mean: float) -> None:
    assert surprise(errors, total, mean) == pytest.approx(-math.log(binom.sf(errors - 1, total, mean / total)))


def test_as_many_errors_as_expected_are_no_surprise() -> None:
    assert surprise(0, 0, 0.0) == surprise(0, 50, 2.5) == surprise(2, 50, 2.5) == 0.0


@pytest.mark.parametrize("errors", [2_000, 20_000, 1_000_000])
def test_beyond_what_floats_hold_a_bound_goes_on(errors: int) -> None:
    """The bound is smaller than the truth, and by little."""
    total, part = errors + 500, 0.05
    assert binom.sf(errors - 1, total, part) == 0.0
    exact = -float(binom.logpmf(errors, total, part))
    assert 0.99 * exact < surprise(errors, total, total * part) <= exact + 1e-6


def test_the_score_does_not_jump_where_the_bound_takes_over() -> None:
    seen = [surprise(errors, errors + 100, 0.05 * (errors + 100)) for errors in range(200, 400)]
    steps = [after - before for before, after in pairwise(seen)]
    assert min(steps) > -5.0 and max(steps) < 5.0


def test_the_estimate_of_a_ratio_is_near_what_was_put_in() -> None:
    """912 candidate requests with 38 errors against 19,842 with 201: 4.11 times."""
    total = 38 + 201
    assert median_ratio(38, [(total, 912 / (912 + 19_842))]) == pytest.approx(4.1, rel=0.1)


@pytest.mark.parametrize("alpha", [0.001, 0.0005])
@pytest.mark.parametrize("planned", [0.6, 0.9, 1.8, 3.0, 4.5, 9.0, 30.0, 45.0, 90.0])
def test_the_threshold_is_never_below_the_exact_one(planned: float, alpha: float) -> None:
    """The probability that an equal candidate reaches it in a stage with 360 looks, by exact recursion."""
    part, looks = spending.early(planned), 360
    needed = spending.threshold(alpha, planned, part)
    means = planned * np.arange(1, looks + 1) / looks
    bars = [needed - spending.released(mean, planned, part) for mean in means]
    counts = np.arange(int(planned + 12 * math.sqrt(planned) + 30))
    wrong, chances, step = 0.0, np.array([1.0]), poisson.pmf(np.arange(12), planned / looks)
    for mean, bar in zip(means, bars, strict=True):
        is_over = (counts > mean) & (-poisson.logsf(counts - 1, mean) >= bar) & (counts >= BAD_SCRAPES_MIN)
        first = int(is_over.argmax()) if is_over.any() else len(counts)
        chances = np.convolve(chances, step)
        wrong, chances = wrong + float(chances[first:].sum()), chances[:first]
    assert wrong <= alpha


def test_over_running_the_plan_costs_score() -> None:
    within, at_end, beyond = (spending.released(mean, 4.5, 0.5) for mean in (1.0, 4.5, 9.0))
    assert within < 0.0 and at_end == 0.0 and beyond == pytest.approx(-2 * math.log(2))
