"""What a part of all lies between, at every look together: for people who look whenever they like.

The likelihood of a part p is held against a mixture over all parts (Beta with both parameters 1/2). A true p is
beaten by 1 / alpha at some look with probability alpha at most (Ville's inequality), so all others are kept.
Robbins, "Statistical methods related to the law of the iterated logarithm" (1970).
"""

import math
from collections.abc import Callable, Sequence

from msgspec import Struct

PRIOR = 0.5
HALVINGS = 60


class Between(Struct, frozen=True):
    """An estimate, and what it lies between."""

    low: float
    estimate: float
    high: float


def part_between(count: int, whole: int, *, alpha: float) -> Between:
    """`count` of `whole`; of nothing all parts are possible."""
    if not whole:
        return Between(0.0, 0.0, 1.0)
    estimate = count / whole

    def is_kept(part: float) -> bool:
        return _surplus(count, whole, part) <= math.log(1.0 / alpha)

    return Between(_edge(is_kept, 0.0, estimate), estimate, _edge(is_kept, 1.0, estimate))


def _surplus(count: int, whole: int, part: float) -> float:
    """By how much, in nats, the mixture explains the counts better than `part` does."""
    mixed = _log_beta(count + PRIOR, whole - count + PRIOR) - _log_beta(PRIOR, PRIOR)
    return mixed - _log(count, part) - _log(whole - count, 1.0 - part)


def _log(count: int, part: float) -> float:
    if not count:
        return 0.0
    return count * math.log(part) if part > 0.0 else -math.inf


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _edge(is_kept: Callable[[float], bool], outer: float, inner: float) -> float:
    """Between an end and the estimate, where the kept parts begin."""
    if is_kept(outer):
        return outer
    for _ in range(HALVINGS):
        middle = 0.5 * (outer + inner)
        outer, inner = (outer, middle) if is_kept(middle) else (middle, inner)
    return inner


def quantile_between(
    buckets: Sequence[int], bounds: Sequence[float], whole: int, part: float, *, alpha: float
) -> tuple[float | None, float | None, float | None]:
    """A quantile with what it lies between, seconds: buckets count cumulatively up to their bounds.

    As many answers as chance allows may be on the other side of it, so its ends are quantiles too. None is above
    the last bound, or not known.
    """
    if not whole:
        return (None, None, None)
    ends = part_between(round(part * whole), whole, alpha=alpha)
    low, estimate, high = (quantile(buckets, bounds, whole, each) for each in (ends.low, part, ends.high))
    return (low, estimate, high)


def quantile(buckets: Sequence[int], bounds: Sequence[float], whole: int, part: float) -> float | None:
    """Where it lies in its bucket, if answers are spread evenly in it; none above the last bound."""
    wanted = part * whole
    below, count_below = 0.0, 0
    for bound, count in zip(bounds, buckets, strict=False):
        if count >= wanted and count > count_below:
            return below + (bound - below) * max(0.0, wanted - count_below) / (count - count_below)
        below, count_below = bound, count
    return None
