"""What a part lies between holds at all looks together, and narrows as more is seen."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.analysis.rates import part_between, quantile_between

ALPHA = 0.05


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_estimate_is_inside(count: int, more: int) -> None:
    between = part_between(count, count + more, alpha=ALPHA)
    assert 0.0 <= between.low <= between.estimate <= between.high <= 1.0


def test_it_narrows_and_nothing_seen_excludes_nothing() -> None:
    widths = [part_between(n // 10, n, alpha=ALPHA) for n in (0, 100, 10_000, 1_000_000)]
    assert (widths[0].low, widths[0].high) == (0.0, 1.0)
    assert widths[1].high - widths[1].low > widths[2].high - widths[2].low > widths[3].high - widths[3].low
    assert widths[3].high - widths[3].low < 0.003


@pytest.mark.parametrize("part", [0.001, 0.05, 0.5])
def test_the_truth_is_outside_at_some_of_many_looks_as_rarely_as_was_said(part: float) -> None:
    missed = 0
    for seed in range(100):
        random, count = Random(seed), 0
        for look in range(1, 41):
            count += sum(random.random() < part for _ in range(20))
            between = part_between(count, 20 * look, alpha=ALPHA)
            if not between.low <= part <= between.high:
                missed += 1
                break
    assert missed <= 100 * ALPHA, f"{missed} of 100 runs"


def test_a_quantile_lies_between_quantiles() -> None:
    bounds, buckets = (0.1, 0.2, 0.5), (500, 900, 1000)
    low, estimate, high = quantile_between(buckets, bounds, 1000, 0.5, alpha=ALPHA)
    assert low is not None and estimate is not None and high is not None
    assert low < 0.1 < high < 0.2 and estimate == pytest.approx(0.1)
    assert quantile_between(buckets, bounds, 1200, 0.99, alpha=ALPHA)[2] is None, "above the last bound"
    assert quantile_between((), (), 0, 0.5, alpha=ALPHA) == (None, None, None)
