"""What no rule can do better that keeps its rate of false rollbacks whatever the stable version's error rate is.

Two bounds, on what is found by a fixed instant; a rule that may stop early cannot find more by then.

- `most_found`: of rules that give equal candidates exactly their rate at every base rate. Such a rule must keep it
  given all errors of both versions (Lehmann and Romano, "Testing Statistical Hypotheses", 4.3-4.5): their number
  is complete and sufficient for the base rate. Every unbiased rule is one, and the most powerful one rejects for
  many candidate errors, with lots at the edge.
- `most_found_at_all`: of rules that give them at most their rate at every base rate. They may be stricter given
  some numbers of errors and laxer given others, as long as every base rate makes up for it. What that can bring
  is a linear program.

One that knows the base rate can find more. Nobody wants a release taken back by lot. Without lots such a test
rejects less often than it may, the more so the fewer errors there are; a rule that looks again and again has more
edges to come close to its rate by.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.stats import binom, poisson

from benchmarks.evidence_streams import STEP, Service

GRID, BEYOND = 300, 5.0
"""Base rates at which the rate is kept, and up to how many times the one that is asked for: with fewer the bound
would be higher, and a bound still."""
LAX = 0.5
"""No rule that matters takes back so many given any number of errors."""


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


def most_found_at_all(service: Service, ratio: float, *, alpha: float, seconds: float) -> float:
    """The greatest part of such candidates that can be found by any rule that is wrong at most as often."""
    share = service.shares[0]
    expected = service.pace * service.rate * seconds
    both = expected * (1.0 - share + ratio * share)
    rates = np.append(np.geomspace(0.05, BEYOND * both, GRID), expected)
    totals = np.arange(int(rates[-2] + 8.0 * np.sqrt(rates[-2]) + 20.0))
    parts = [(total, *part) for total in totals for part in _parts(int(total), share, ratio)]
    total, equal, worse = (np.array(column) for column in zip(*parts, strict=True))
    found = linprog(
        -poisson.pmf(total, both) * worse,
        A_ub=poisson.pmf(total[None, :], rates[:, None]) * equal[None, :],
        b_ub=np.full(len(rates), alpha),
        bounds=(0.0, 1.0),
        method="highs",
    )
    assert found.fun is not None, found.message
    return float(poisson.sf(totals[-1], both) - found.fun)


def _parts(total: int, share: float, ratio: float) -> list[tuple[float, float]]:
    """Chances of so many candidate errors of the total, of an equal and of a worse candidate, from the most on."""
    errors = np.arange(total, -1, -1)
    equal = binom.pmf(errors, total, share)
    worse = binom.pmf(errors, total, ratio * share / (ratio * share + 1.0 - share))
    enough = 1 + int(np.argmax(np.cumsum(equal) >= LAX))
    return list(zip(equal[:enough].tolist(), worse[:enough].tolist(), strict=True))
