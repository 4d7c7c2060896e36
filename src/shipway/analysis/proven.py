"""Is the candidate proven to be no worse? A bet against "it fails twice as often", valid at every look."""

import math

from shipway.analysis.bets import log_sum
from shipway.analysis.comparison import Comparison

TIMES = 2.0
"""The candidate is proven not to fail this many times as often, …"""
FEW = 0.005
"""… or not to fail this share of its requests."""
RATIOS = ((0.25, 0.05), (0.5, 0.1), (0.75, 0.2), (1.0, 0.5), (1.25, 0.15))
"""What is bet on instead, with stakes that sum to 1."""
RATES = ((0.0, 0.4), (0.0005, 0.2), (0.001, 0.2), (0.002, 0.2))


def is_no_worse(comparison: Comparison, *, beta: float) -> bool:
    """Wrong with probability `beta` or less over the whole run (Ville's inequality)."""
    if comparison.is_history:
        return False
    needed = math.log(2.0 / beta)
    return _against_twice(comparison) >= needed or _against_few(comparison) >= needed


def _against_twice(comparison: Comparison) -> float:
    """Log wealth of the bets on smaller ratios. An error is the candidate's with p * r / (p * r + 1 - p)."""
    base = _log_likelihood(comparison, TIMES)
    return log_sum([math.log(stake) + _log_likelihood(comparison, ratio) - base for ratio, stake in RATIOS])


def _log_likelihood(comparison: Comparison, ratio: float) -> float:
    told = sum(errors * math.log1p(mean / errors * (ratio - 1.0)) for errors, mean in comparison.splits if errors)
    return comparison.errors * math.log(ratio) - told


def _against_few(comparison: Comparison) -> float:
    """Log wealth of the bets on smaller error rates than `FEW`: for services of which nothing ever fails."""
    bad, good = comparison.errors, comparison.requests - comparison.errors
    bets = []
    for rate, stake in RATES:
        if rate or not bad:
            lost = bad * math.log(rate / FEW) if bad else 0.0
            bets.append(math.log(stake) + lost + good * math.log((1.0 - rate) / (1.0 - FEW)))
    return log_sum(bets)
