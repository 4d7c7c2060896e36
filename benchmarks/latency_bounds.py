"""How soon any test could prove that a candidate is slower, were everything else known.

Latencies are the lognormal ones of `latency_streams`, and the stable version's are known exactly. Two tests, each
made once, at the best instant, by the most powerful rule (Neyman and Pearson): one counts requests over the best
of all bounds, as the guard counts them over six; the other uses every latency, and knows in which way the
candidate is slower. Neither may look twice, learn the stable version's latency, or doubt that requests are
independent.

What is refuted is "slower by at most so much": the candidate's share over (1 + d) b is at most the stable
version's over b, at every b. Of all latencies that keep to it, those that are hardest to tell from the candidate's
have, in ranks of the candidate's, the greatest convex minorant of what is allowed.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import poisson

from benchmarks.latency_streams import SPREAD, Candidate

Floats = NDArray[np.float64]

SECONDS_MAX = 600
LEVELS = np.logspace(-3.2, -0.3, 240)
"""Shares of stable requests over a bound."""
RANKS = 20_001
RUNS, SEED = 10_000, 1


def one_count(candidate: Candidate, worse_by: float, *, pace: float, alpha: float) -> tuple[int, float, float]:
    """The first second by which half of such candidates can be proven slower by so much, by counting over the best
    bound; how many are over it by then of an equal candidate, and of this one. `pace` is its requests a second."""
    seconds = np.arange(1, SECONDS_MAX + 1)[:, None]
    equal = pace * seconds * LEVELS
    worse = pace * seconds * _beyond(-SPREAD * ndtri(LEVELS) + math.log1p(worse_by), candidate)
    needed = poisson.isf(alpha, equal) + 1.0
    is_half = np.asarray(poisson.sf(needed - 1.0, worse) >= 0.5)
    row = int(np.argmax(is_half.any(axis=1)))
    if not is_half[row].any():
        return SECONDS_MAX, math.nan, math.nan
    level = int(np.argmax(is_half[row]))
    return row + 1, float(equal[row, level]), float(worse[row, level])


def every_latency(candidate: Candidate, worse_by: float, *, pace: float, alpha: float) -> int:
    """The first second by which half of them can be proven slower by whoever knows how they are slower."""
    ranks, slopes = _hardest(candidate, worse_by)

    def is_half(seconds: int) -> bool:
        return _found(ranks, slopes, pace * seconds, alpha) >= 0.5

    high = next((2**power for power in range(SECONDS_MAX.bit_length()) if is_half(2**power)), SECONDS_MAX)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_half(middle) else (middle, high)
    return high


def _spread(candidate: Candidate) -> float:
    return SPREAD + math.log(candidate.tail) / float(-ndtri(0.01))


def _beyond(log_bounds: Floats, candidate: Candidate) -> Floats:
    """The candidate's shares over bounds, in logs of the stable version's median."""
    found: Floats = ndtr(-(log_bounds - math.log(candidate.times)) / _spread(candidate))
    return found


def _hardest(candidate: Candidate, worse_by: float) -> tuple[Floats, Floats]:
    """Corners, as shares of the candidate's slowest; between them the hardest latencies' density over its own."""
    ranks = np.concatenate([[0.0], np.logspace(-9.0, 0.0, RANKS)])
    slow = math.log(candidate.times) - _spread(candidate) * ndtri(np.maximum(ranks, 1e-300))
    allowed = ndtr(-(slow - math.log1p(worse_by)) / SPREAD)
    allowed[0], allowed[-1] = 0.0, 1.0
    hull: list[tuple[float, float]] = []
    for point in zip(ranks.tolist(), allowed.tolist(), strict=True):
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-1], point):
            hull.pop()
        hull.append(point)
    corners = np.array(hull)
    return corners[:, 0], np.diff(corners[:, 1]) / np.diff(corners[:, 0])


def _slope(before: tuple[float, float], after: tuple[float, float]) -> float:
    return (after[1] - before[1]) / (after[0] - before[0])


def _found(ranks: Floats, slopes: Floats, requests: float, alpha: float) -> float:
    """The power of the likelihood ratio. How often the hardest latencies reach it is weighed by the ratio itself:
    they are too rare to be drawn."""
    random = np.random.default_rng(SEED)
    counts = random.poisson(requests, RUNS)
    drawn = np.searchsorted(ranks, random.random(counts.sum()), side="right")
    nats = -np.log(slopes[np.clip(drawn, 1, len(slopes)) - 1])
    sums = np.bincount(np.repeat(np.arange(RUNS), counts), weights=nats, minlength=RUNS)
    size = np.cumsum(np.exp(-np.sort(sums)[::-1])) / RUNS
    return float(np.searchsorted(size, alpha)) / RUNS
