"""Bets against a claim, valid however often one looks (Ville's inequality), and from which instants they run."""

import math
from collections.abc import Iterable

RISES = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Rates that are bet on, as multiples of the greatest that is allowed, each with an equal stake."""
FALLS = (0.8, 0.65, 0.5, 0.3, 0.1, 0.01)
"""The same for a least rate."""
SIGNS = (0.6, 0.75, 0.9, 0.98)
"""Chances of a bad block that are bet on against one half."""


def rate_bet(events: float, exposure: float, *, bound: float, odds: tuple[float, ...]) -> float:
    """The log of what an equal stake on each multiple of `bound` has become.

    Against "the rate is at most `bound`" with odds above 1, "at least" with odds below. For independent events
    of any chance p, E[r^x] = 1 + p(r - 1) <= exp(bound (r - 1)) holds on both sides: a supermartingale.
    """
    wins = (events * math.log(rise) - exposure * bound * (rise - 1.0) for rise in odds)
    return log_sum(wins) - math.log(len(odds))


def sign_bet(bad: int, blocks: int) -> float:
    """The log of an equal stake on each of `SIGNS`, against "a block is bad with an even chance at most"."""
    wins = (bad * math.log(2.0 * sign) + (blocks - bad) * math.log(2.0 * (1.0 - sign)) for sign in SIGNS)
    return log_sum(wins) - math.log(len(SIGNS))


def log_sum(values: Iterable[float]) -> float:
    """log of the sum of exponentials."""
    found = list(values)
    highest = max(found, default=-math.inf)
    if math.isinf(highest):
        return highest
    return highest + math.log(math.fsum(math.exp(value - highest) for value in found))
