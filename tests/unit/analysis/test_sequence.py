"""The confidence sequence of the error ratio holds at all looks together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.analysis.sequence import Counted, Interval, sequence

ALPHA = 0.05


def stream(ratio: float, seed: int, *, looks: int = 120) -> list[Counted]:
    """The share of requests and the base rate both change on the way."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(looks):
        share, rate = (0.05, 0.02) if number < 60 else (0.5, 0.005)
        requests, stable = random.poisson([500 * share, 500 * (1 - share)])
        errors, bad = random.binomial([requests, stable], [rate * ratio, rate])
        found.append(Counted(5.0 * number, *(float(count) for count in (requests, errors, stable, bad))))
    return found


def intervals(found: list[Counted]) -> list[Interval]:
    return list(sequence(found, alpha=ALPHA))


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_the_true_ratio_is_inside_at_every_look_but_for_the_promised_few(ratio: float) -> None:
    missed = [
        seed
        for seed in range(100)
        if any(not one.low * 0.999 <= ratio <= one.high * 1.001 for one in intervals(stream(ratio, seed)))
    ]
    assert len(missed) <= 100 * ALPHA, missed


def test_it_narrows_as_errors_are_counted() -> None:
    found = intervals(stream(3.0, seed=1))
    assert found[-1].high / found[-1].low < found[10].high / found[10].low
    assert 2.0 < found[-1].likeliest < 4.5


def test_without_errors_anything_is_possible() -> None:
    (only,) = intervals([Counted(5.0, 100.0, 0.0, 900.0, 0.0)])
    assert (only.low, only.high) == pytest.approx((0.05, 200.0))


def test_a_look_of_one_version_alone_says_nothing_of_both() -> None:
    assert intervals([Counted(5.0, 0.0, 0.0, 900.0, 3.0), Counted(10.0, 50.0, 2.0, 0.0, 0.0)]) == []


COUNT = st.integers(1, 400)


@given(st.lists(st.tuples(COUNT, st.floats(0, 1), COUNT, st.floats(0, 1)), min_size=1, max_size=20))
def test_the_likeliest_lies_between(drawn: list[tuple[int, float, int, float]]) -> None:
    counted = [Counted(float(n), a, round(a * x), b, round(b * y)) for n, (a, x, b, y) in enumerate(drawn)]
    for one in intervals(counted):
        assert 0.0 < one.low <= one.likeliest * 1.0001
        assert one.likeliest <= one.high * 1.0001
