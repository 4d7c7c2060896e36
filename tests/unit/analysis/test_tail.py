"""The exact tail and the estimate of size."""

import math
from itertools import pairwise

import pytest
from scipy.stats import binom

from shipway.analysis import spending
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


def test_the_threshold_is_never_below_the_exact_one() -> None:
    """Exact thresholds of one stage with 360 looks, steepness 0.5, by alpha and planned errors."""
    exact = {
        0.01: {0.6: 4.8, 1.8: 5.3, 6: 5.8, 18: 6.0, 60: 6.3, 180: 6.5, 900: 6.5},
        0.001: {0.6: 7.4, 1.8: 7.9, 6: 8.2, 18: 8.6, 60: 8.8, 180: 9.0, 900: 9.2},
    }
    for alpha, row in exact.items():
        for planned, needed in row.items():
            assert spending.threshold(alpha, planned, 0.5) >= needed - 0.05
    assert spending.threshold(0.001, 1.8, 2.0) >= 6.91 and spending.threshold(0.001, 9.0, 1.0) >= 7.99


def test_over_running_the_plan_costs_score() -> None:
    within, at_end, beyond = (spending.released(mean, 4.5, 1.0) for mean in (1.0, 4.5, 9.0))
    assert within < 0.0 and at_end == 0.0 and beyond == pytest.approx(-2 * math.log(2))
