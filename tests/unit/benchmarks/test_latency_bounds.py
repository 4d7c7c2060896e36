"""What is called the soonest is so: nobody who looks at one bound, or at all, is sooner."""

import numpy as np
import pytest
from scipy.stats import norm, poisson

from benchmarks.latency_bounds import _hardest, every_latency, one_count
from benchmarks.latency_streams import SPREAD, Candidate

TAIL, TWICE = Candidate(tail=2.0), Candidate(times=2.0)
PROMISE = 0.0003


def test_a_count_over_any_bound_needs_as_long() -> None:
    """By the definition, at three bounds, a second sooner than the soonest."""
    seconds, equal, worse = one_count(TAIL, 0.25, pace=5.0, alpha=PROMISE)
    assert poisson.sf(poisson.isf(PROMISE, equal), worse) >= 0.5
    spread = SPREAD + np.log(2.0) / norm.isf(0.01)
    for level in (0.05, 0.01, 0.003):
        over = norm.sf((SPREAD * norm.isf(level) + np.log(1.25)) / spread)
        few, many = (5.0 * (seconds - 1) * share for share in (level, over))
        assert poisson.sf(poisson.isf(PROMISE, few), many) < 0.5


@pytest.mark.parametrize(("candidate", "worse_by"), [(TWICE, 0.5), (TWICE, 0.0)])
def test_who_sees_every_latency_is_sooner(candidate: Candidate, worse_by: float) -> None:
    every = every_latency(candidate, worse_by, pace=5.0, alpha=PROMISE)
    assert every <= one_count(candidate, worse_by, pace=5.0, alpha=PROMISE)[0]


def test_the_hardest_latencies_keep_to_the_claim_and_are_of_one_version() -> None:
    ranks, slopes = _hardest(TAIL, 0.25)
    shares = np.concatenate([[0.0], np.cumsum(slopes * np.diff(ranks))])
    spread = SPREAD + np.log(2.0) / norm.isf(0.01)
    allowed = norm.sf((spread * norm.isf(np.maximum(ranks, 1e-300)) - np.log(1.25)) / SPREAD)
    assert shares[-1] == pytest.approx(1.0)
    assert (shares[1:-1] <= allowed[1:-1] + 1e-9).all()
    assert (np.diff(slopes) >= -1e-9).all()


def test_an_equal_candidate_is_never_proven_slower() -> None:
    ranks, slopes = _hardest(Candidate(), 0.25)
    assert slopes == pytest.approx(np.ones(len(ranks) - 1))
