"""How surprising a count of candidate errors is, given all errors and how requests were divided."""

import math

UNDERFLOW = 1e-280
"""Below this the beta function's own precision ends and a bound takes over."""


def surprise(errors: float, total: float, mean: float) -> float:
    """-log P(Binomial(total, mean / total) >= errors), in nats; 0 when errors are no more than expected.

    Given `total` errors of both arms, an equal candidate has Poisson-binomial many with this mean; beyond
    the mean its tail is below the binomial's (Hoeffding, "On the distribution of the number of successes
    in independent trials", 1956), so the figure never overstates. The binomial tail is the regularised
    incomplete beta function.
    """
    from scipy.special import betainc

    if errors <= mean or errors <= 0:
        return 0.0
    tail = float(betainc(errors, total - errors + 1, mean / total))
    return -math.log(tail) if tail > UNDERFLOW else _chernoff(errors, total, mean)


def _chernoff(errors: float, total: float, mean: float) -> float:
    """Chernoff's bound of the same tail: smaller than the truth, and never underflows."""
    seen, expected = errors / total, mean / total
    rest = (total - errors) * math.log((1.0 - seen) / (1.0 - expected)) if errors < total else 0.0
    return errors * math.log(seen / expected) + rest
