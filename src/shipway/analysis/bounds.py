"""At which bucket bounds latency is compared: chosen from the stable version's history, before they are used.

A quantile is the noisiest way to see latency. How many requests are slower than a bound is a count like
errors are, so the same exact test holds, and "slower by more than d" is a comparison of two bounds: if the
candidate's quantiles are at most 1 + d times the stable version's, its share over b' is at most the stable
version's share over b wherever b' is at least (1 + d) * b.
"""

import math
from bisect import bisect_left, bisect_right

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.arms import Arm

TARGETS = (0.3, 0.12, 0.05, 0.02, 0.008, 0.003)
"""The shares of stable requests that are slower: from the body of the distribution to its far tail."""
FAR = 2.0
"""A bound may have this many times its target, or that part of it."""
SEEN_MIN = 3.0
"""The history must hold this many slower requests, were its share the target."""
WORSE_BY = (0.0, 0.25, 0.5)
"""By how much the candidate is proven to be slower: at all, medium, high."""
MARGIN = 0.25
"""Latency is proven to be no worse when it is not this much slower."""
OVERSHOOT_COST = 10.0
"""What a bound costs whose partners are further off than they need be, against being far from its target."""

Bounds = tuple[float, ...]


class Level(Struct, frozen=True, array_like=True):
    """A bound for the stable version, with bounds for the candidate beside it."""

    target: float
    stable: float
    """Seconds."""
    worse: tuple[float | None, ...]
    """The candidate's for each of `WORSE_BY`: the nearest that is not below; none where all are."""
    margin: float
    """The candidate's for `MARGIN`: the nearest that is not above; the stable version's own at the least."""
    share: float
    """Of stable requests that were slower when it was chosen."""
    since: tuple[int, int] = (0, 0)
    """The candidate's and the stable version's compared requests when it was chosen."""

    @property
    def bounds(self) -> tuple[float, ...]:
        """All that it needs."""
        return (self.stable, self.margin, *(bound for bound in self.worse if bound is not None))


def chosen(history: Arm, common: Bounds, known: tuple[Level, ...], *, since: tuple[int, int]) -> tuple[Level, ...]:
    """The known levels, and those for which the stable version's history is long enough by now."""
    levels = known
    for target in TARGETS:
        is_known = any(level.target == target for level in levels)
        if not is_known and history.timed * target >= SEEN_MIN:
            taken = {level.stable for level in levels}
            found = _nearest(target, history, tuple(bound for bound in common if bound not in taken), common)
            levels = (*levels, replace(found, since=since)) if found else levels
    return levels


def _nearest(target: float, history: Arm, free: Bounds, common: Bounds) -> Level | None:
    shares = ((bound, slower(history, bound) / history.timed) for bound in free if bound in history.bounds_seconds)
    near = [
        _level(target, bound, share, common)
        for bound, share in shares
        if share and abs(math.log(share / target)) <= math.log(FAR)
    ]
    return min(near, key=_cost, default=None)


def _level(target: float, bound: float, share: float, common: Bounds) -> Level:
    worse = tuple(_at_least((1.0 + more) * bound, common) for more in WORSE_BY)
    margin = max(bound, common[bisect_right(common, (1.0 + MARGIN) * bound * (1.0 + 1e-9)) - 1])
    return Level(target, bound, worse, margin, share)


def _at_least(wanted: float, common: Bounds) -> float | None:
    place = bisect_left(common, wanted * (1.0 - 1e-9))
    return common[place] if place < len(common) else None


def _cost(level: Level) -> float:
    far = abs(math.log(level.share / level.target))
    partners = zip(WORSE_BY, level.worse, strict=True)
    return far + OVERSHOOT_COST * sum(_overshoot(bound, (1.0 + more) * level.stable) for more, bound in partners)


def _overshoot(bound: float | None, wanted: float) -> float:
    return 1.0 if bound is None else min(1.0, math.log(bound / wanted))


def slower(arm: Arm, bound: float) -> int:
    """How many of an arm's requests took longer than one of its bounds."""
    return arm.timed - arm.buckets[arm.bounds_seconds.index(bound)]
