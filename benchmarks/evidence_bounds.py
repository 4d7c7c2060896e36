"""What no rule can do better that keeps its rate of false rollbacks whatever the stable version's error rate is.

Such a rule must keep it given all errors of both versions (Lehmann and Romano, "Testing Statistical
Hypotheses", 4.3-4.5): their number is complete and sufficient for the base rate, so what is exceeded given one
number would have to be made up for given others, and that at every base rate alike. Among those rules the most
powerful one at a fixed instant rejects for many candidate errors, and draws lots at the edge. A rule that may stop
early cannot find more by that instant. One that knows the base rate can.

Nobody wants a release taken back by lot. Without lots such a test rejects less often than it may, the more so the
fewer errors there are; a rule that looks again and again has more edges to come close to its rate by.
"""

import numpy as np
from scipy.stats import binom, poisson

from benchmarks.evidence_streams import STEP, Service


def most_found(service: Service, ratio: float, *, alpha: float, seconds: float, has_lots: bool = True) -> float:
    """The greatest part of such candidates that can be found in so many seconds of the first stage.

    Without lots: by the most powerful test that is made once, at that instant.
    """
    share = service.shares[0]
    expected = service.pace * service.rate * seconds
    both = expected * (1.0 - share + ratio * share)
    totals = np.arange(int(both + 10.0 * np.sqrt(both) + 30.0))
    powers = [_power(int(total), share, ratio, alpha, has_lots=has_lots) for total in totals]
    return float(poisson.pmf(totals, both) @ np.array(powers))


def _power(total: int, share: float, ratio: float, alpha: float, *, has_lots: bool) -> float:
    """Of the most powerful test of Binomial(total, share) against the share that the ratio gives."""
    errors = np.arange(total + 1)
    equal = binom.pmf(errors, total, share)
    worse = binom.pmf(errors, total, ratio * share / (ratio * share + 1.0 - share))
    beyond = np.append(np.cumsum(equal[::-1])[::-1], 0.0)
    edge = int(np.argmax(beyond <= alpha))
    lots = (alpha - beyond[edge]) / equal[edge - 1] if edge and has_lots else 0.0
    return float(worse[edge:].sum() + (lots * worse[edge - 1] if edge else 0.0))


def least_median(service: Service, ratio: float, *, alpha: float, has_lots: bool = True) -> float:
    """The first scrape of the first stage by which half of such candidates can be found; infinity if none."""
    low, high = 0, round(service.stay / STEP)
    if most_found(service, ratio, alpha=alpha, seconds=service.stay, has_lots=has_lots) < 0.5:
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        found = most_found(service, ratio, alpha=alpha, seconds=middle * STEP, has_lots=has_lots)
        is_half = found >= 0.5
        low, high = (low, middle) if is_half else (middle, high)
    return high * STEP
