"""Many runs at once say what one run says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipway.analysis import arrays, spending
from shipway.analysis.comparison import comparison_of, comparisons
from shipway.analysis.lockstep import Lockstep, Scrape
from shipway.analysis.tail import surprise
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.model.noise import INDEPENDENT, QUIET, Noise
from unit.analysis.streams import seen

ALPHA = 0.01
Counts = tuple[int, int, int, int]
"""Candidate requests and errors, stable requests and errors."""


@st.composite
def scrapes(draw: st.DrawFn) -> Counts:
    requests, stable = draw(st.integers(0, 60)), draw(st.integers(0, 4000))
    return requests, draw(st.integers(0, requests)), stable, draw(st.integers(0, stable // 10))


runs_of_one_length = st.integers(4, 24).flatmap(
    lambda length: st.lists(st.lists(scrapes(), min_size=length, max_size=length), min_size=1, max_size=4)
)


def excesses_one_by_one(run: list[Counts], shares: tuple[float, ...], noise: Noise) -> list[float]:
    tally, found = calibrated(Tally(), noise), []
    for number, (requests, errors, stable, stable_errors) in enumerate(run):
        index = number * (len(shares) + 1) // len(run) - 1
        if index >= 0:
            tally = begin_stage(tally, index=index, of=len(shares), share=shares[index], stay_seconds=60.0)
        candidate = seen(number, requests, errors)
        tally = absorb(tally, stable=seen(number, stable, stable_errors) if stable else None, candidate=candidate)
        comparison = comparison_of(tally)
        if comparison is None or tally.bad_scrapes < 2:
            found.append(-math.inf)
            continue
        telling = max(
            (each for each in comparisons(tally, comparison) if each.counted > each.mean > 0),
            key=lambda each: each.excess(ALPHA),
            default=None,
        )
        found.append(-math.inf if telling is None else telling.excess(ALPHA))
    return found


def excesses_together(
    runs: list[list[Counts]], shares: tuple[float, ...], noise: Noise = QUIET, *, least: float
) -> np.ndarray:
    lockstep, found, begun = Lockstep(len(runs), noise), [], -1
    for number, scrape in enumerate(np.array(runs, float).transpose(1, 2, 0)):
        index = number * (len(shares) + 1) // len(runs[0]) - 1
        if index > begun:
            lockstep.begin_stage(of=len(shares), share=shares[index], stay_seconds=60.0)
            begun = index
        lockstep.absorb(Scrape(*scrape, seconds=5.0))
        found.append(lockstep.excesses(ALPHA, least=least))
    return np.array(found).T


CLUSTERED = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(3.0, 1.0))
noises = st.sampled_from([QUIET, INDEPENDENT, CLUSTERED, replace(CLUSTERED, is_learnt=True)])


@given(runs=runs_of_one_length, shares=st.sampled_from([(0.05,), (0.01, 0.25), (0.1, 0.5, 1.0)]), noise=noises)
def test_many_runs_at_once_score_as_each_alone(
    runs: list[list[Counts]], shares: tuple[float, ...], noise: Noise
) -> None:
    together = excesses_together(runs, shares, noise, least=-math.inf)
    one_by_one = np.array([excesses_one_by_one(run, shares, noise) for run in runs])
    assert np.array_equal(np.isfinite(together), np.isfinite(one_by_one))
    known = np.isfinite(one_by_one)
    assert together[known] == pytest.approx(one_by_one[known], abs=1e-9, rel=1e-9)


@given(runs=runs_of_one_length)
def test_leaving_out_hopeless_scores_changes_none_that_matters(runs: list[list[Counts]]) -> None:
    every = excesses_together(runs, (0.05, 0.5), least=-math.inf)
    some = excesses_together(runs, (0.05, 0.5), least=-1.0)
    assert np.array_equal(some[every >= -1.0], every[every >= -1.0])


counts = st.tuples(st.integers(1, 3000), st.integers(0, 3000), st.floats(0.001, 0.99))


@given(many=st.lists(counts, min_size=1, max_size=20))
def test_surprises_of_an_array_are_those_of_its_numbers(many: list[tuple[int, int, float]]) -> None:
    errors, others, part = np.array(many, float).T
    totals = errors + others
    found = arrays.surprises(errors, totals, part * totals)
    alone = [surprise(*each) for each in zip(errors, totals, part * totals, strict=True)]
    assert found == pytest.approx(alone, abs=1e-9, rel=1e-9)
    above = errors > part * totals
    most = arrays.surprises_at_most(errors[above], totals[above], (part * totals)[above])
    assert np.all(most >= found[above] - 1e-9)


@given(
    mean=st.floats(1e-3, 1e4),
    end=st.floats(1e-2, 1e4),
    planned=st.floats(spending.PLANNED_MIN, 1e4),
    alpha=st.floats(1e-5, 0.1),
)
def test_spending_over_arrays_is_that_of_its_numbers(
    mean: float, end: float, planned: float, alpha: float
) -> None:
    part = spending.early(planned)
    parts = arrays.early(np.array([planned]))
    assert parts.tolist() == [part]
    spent = arrays.released(np.array([mean]), np.array([end]), parts)[0]
    assert spent == pytest.approx(spending.released(mean, end, part), abs=1e-9)
    needed = arrays.thresholds(alpha, np.array([end]), np.array([planned]))[0]
    assert needed == pytest.approx(spending.threshold(alpha, end, part), abs=1e-9)
