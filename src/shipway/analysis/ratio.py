"""How much more often the candidate fails than the stable version: an estimate for people and severities."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

STEP = math.log(200.0 / 0.05) / 80
RATIOS = tuple(0.05 * math.exp(STEP * number) for number in range(81))
"""0.05 to 200, evenly on the log scale."""


def median_ratio(errors: int, splits: Iterable[tuple[float, float]]) -> float:
    """The estimate: half of the posterior lies below it."""
    return quantile_ratio(errors, splits, part=0.5)


def quantile_ratio(errors: int, splits: Iterable[tuple[float, float]], *, part: float) -> float:
    """A quantile of the flat-prior posterior of the error ratio over `RATIOS`.

    `splits` are (errors of both arms, p, the candidate's part of the requests they came from): at ratio r
    an error is the candidate's with probability p * r / (p * r + 1 - p).
    """
    weights = _posterior(errors, tuple(splits))
    reached = list(accumulate(weights))
    wanted = reached[-1] * part
    place = bisect_left(reached, wanted)
    within = 1.0 - (reached[place] - wanted) / weights[place]
    return RATIOS[place] * math.exp(STEP * (within - 0.5))


def _posterior(errors: int, splits: tuple[tuple[float, float], ...]) -> list[float]:
    logs = [
        errors * math.log(ratio) - sum(total * math.log1p(part * (ratio - 1.0)) for total, part in splits)
        for ratio in RATIOS
    ]
    highest = max(logs)
    return [math.exp(value - highest) for value in logs]
