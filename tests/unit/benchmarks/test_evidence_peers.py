"""The peers' rules decide as their sources do: worked by hand, from their documented behaviour.

| peer | what its source says | test |
|---|---|---|
| Flagger | a check fails below its minimum, and without a value | `..._below_99_percent_and_without_requests` |
| | failures add up over the analysis, and none is forgiven | `..._over_the_whole_analysis` |
| | the count is looked at before a tick's checks: a tick later | `..._one_tick_after_the_fifth_failed_check` |
| | only the candidate's own rate is looked at | `..._look_at_the_candidate_alone` |
| Argo | a limit is exceeded, not reached | `..._exceeded_not_when_it_is_reached` |
| | an analysis step counts anew | `..._anew_in_each_analysis_step` |
| | a NaN fails a sole success condition | `..._below_99_percent_and_without_requests` |
| Kayenta | Mann-Whitney's interval and estimate as R has them | `..._are_those_of_r` |
| | 98%, and above a quarter of the estimate | `..._lies_above_a_quarter_of_its_estimate` |
| | direction increase: lower is no harm | `..._lower_values_are_no_harm` |
| | the same values in another order pass | `..._the_same_values_pass` |
| | one distinct value in each arm | `..._constant_arms_that_differ` |
| | NaN dropped, an arm without data is not judged | `..._classifies_nothing_without_data` |
| | the middle alone (#780, #6278, #426) | `..._variance_...`, `..._seven_minutes_...`, `..._few_errors_...` |
| | one judgement at a stage's end | `..._at_the_end_of_the_first_stage_that_fails` |
"""

import math

import numpy as np
import pytest

from benchmarks.evidence_peers import (
    Minutes,
    argo,
    decided,
    failed_checks,
    flagger,
    is_high,
    kayenta,
    shift,
)
from benchmarks.evidence_streams import Service, drawn


def checks(*failed: int, of: int = 30) -> np.ndarray:
    """One run's minutes, of which these (from 1) fail."""
    found = np.zeros((of, 1), bool)
    found[[minute - 1 for minute in failed]] = True
    return found


def minute(requests: float, errors: float) -> bool:
    one = np.array([[requests]])
    return bool(failed_checks(Minutes(one, np.array([[errors]]), one, one))[0, 0])


def test_flagger_acts_one_tick_after_the_fifth_failed_check() -> None:
    assert flagger(checks(1, 2, 3, 4, 5)).tolist() == [360.0]


def test_flagger_counts_failed_checks_over_the_whole_analysis() -> None:
    assert flagger(checks(1, 8, 15, 22, 29)).tolist() == [1800.0]
    assert flagger(checks(1, 8, 15, 22)).tolist() == [math.inf]


def test_argo_fails_when_its_limit_is_exceeded_not_when_it_is_reached() -> None:
    assert argo(checks(1, 2, 3)).tolist() == [math.inf]
    assert argo(checks(1, 2, 3, 4)).tolist() == [240.0]


def test_argo_counts_anew_in_each_analysis_step() -> None:
    assert argo(checks(13, 14, 15, 16), stages=2).tolist() == [math.inf]
    assert argo(checks(16, 17, 18, 19), stages=2).tolist() == [1140.0]
    assert argo(checks(13, 14, 15, 16), stages=1).tolist() == [960.0]


def test_a_check_fails_below_99_percent_and_without_requests() -> None:
    assert not minute(100, 1)
    assert minute(100, 2)
    assert minute(99, 1)
    assert minute(0, 0)


def test_both_look_at_the_candidate_alone() -> None:
    """A shared incident: the stable version fails as often, and both take the candidate back all the same."""
    one, bad = np.full((30, 1), 100.0), np.full((30, 1), 5.0)
    failed = failed_checks(Minutes(one, bad, one, bad))
    assert flagger(failed).tolist() == [360.0] and argo(failed).tolist() == [240.0]


def test_the_shift_and_its_interval_are_those_of_r() -> None:
    """wilcox.test(c(10, 20, 30, 40), c(1, 2, 3, 4), conf.int=TRUE, exact=FALSE): 6 to 39, 22.5 in the middle."""
    stable, candidate = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])
    lower, upper, middle = shift(candidate, stable, confidence=0.95)
    assert (lower, upper) == pytest.approx((6.0, 39.0), abs=1e-3)
    assert 18.0 <= middle <= 27.0


def test_kayenta_is_high_where_the_interval_lies_above_a_quarter_of_its_estimate() -> None:
    """Four against four, all above: the interval begins at the least difference; the middle is about 22.5."""
    stable = np.array([1.0, 2.0, 3.0, 4.0])
    for least, expected in ((10.0, True), (9.0, False)):
        candidate = np.array([least, 20.0, 30.0, 40.0])
        lower, _, middle = shift(candidate, stable, confidence=0.98)
        assert lower == pytest.approx(least - 4.0, abs=1e-3) and 20.0 < middle < 24.0
        assert is_high(candidate, stable) is expected


def test_to_kayenta_lower_values_are_no_harm() -> None:
    assert not is_high(np.linspace(1.0, 2.0, 20), np.linspace(11.0, 12.0, 20))


def test_to_kayenta_the_same_values_pass() -> None:
    values = np.linspace(1.0, 2.0, 20)
    assert not is_high(values[::-1], values)


def test_kayenta_tells_constant_arms_that_differ() -> None:
    """The source adds a hundred-thousandth of noise to each, so that the variance is not 0."""
    assert is_high(np.full(10, 2.0), np.full(10, 1.0))
    assert not is_high(np.full(10, 1.0), np.full(10, 2.0))


def test_kayenta_does_not_see_more_variance_around_the_same_middle() -> None:
    """spinnaker/kayenta#780."""
    random = np.random.default_rng(1)
    wild = np.repeat([0.0, 20.0], 15) + random.normal(0.0, 0.1, 30)
    assert not is_high(wild, 10.0 + random.normal(0.0, 0.1, 30))


def test_kayenta_passes_seven_minutes_of_ten_at_a_hundred_times_and_fails_eight() -> None:
    """spinnaker/spinnaker#6278."""
    for bad, expected in ((7, False), (8, True)):
        candidate = np.repeat([1.0, 100.0], [10 - bad, bad])
        assert is_high(candidate, np.ones(10)) is expected


def test_kayenta_does_not_see_few_errors_among_zeros() -> None:
    """spinnaker/kayenta#426."""
    candidate = np.zeros(30)
    candidate[[3, 11, 19]] = 5.0
    assert not is_high(candidate, np.zeros(30))


def test_kayenta_leaves_out_what_is_no_number_and_classifies_nothing_without_data() -> None:
    values = np.linspace(1.0, 2.0, 20)
    holes = np.where(np.arange(20) < 10, np.nan, values + 5.0)
    assert is_high(holes, values)
    assert not is_high(np.full(20, np.nan), values)
    assert not is_high(np.ones(20), np.ones(20))


def test_kayenta_decides_at_the_end_of_the_first_stage_that_fails() -> None:
    service = Service(1000.0, 0.01, shares=(0.05, 0.25), stay=600.0)
    streams = drawn(service, ratio=5.0, runs=3, seed=1)
    assert decided("Kayenta", service, streams).tolist() == [600.0] * 3
    healthy = drawn(service, ratio=1.0, runs=3, seed=1)
    assert decided("Kayenta", service, healthy).tolist() == [math.inf] * 3
    assert np.isinf(kayenta(Minutes(*(np.zeros((20, 2)) for _ in range(4))))).all()
