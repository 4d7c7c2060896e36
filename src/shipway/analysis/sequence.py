"""How many times as often the candidate fails, with a confidence sequence: it holds at all looks together.

With probability 1 - alpha the true ratio is inside at every look, so one may stop at any of them. A ratio r is
kept while the mixture over `RATIOS` does not beat it by 1 / alpha in likelihood, given all errors of both:
an error is the candidate's with probability a r / (a r + b), where it had a requests and the stable version b.
Lindon and Malek, "Anytime-valid inference for multinomial count data" (2022), with a flat prior on the log scale.
"""

import math
from collections.abc import Iterable, Iterator

from msgspec import Struct

from shipway.analysis.bets import log_sum
from shipway.analysis.ratio import RATIOS, STEP


class Counted(Struct, frozen=True, array_like=True):
    """Requests and errors of both versions between two looks."""

    at: float
    requests: float
    errors: float
    stable_requests: float
    stable_errors: float


class Interval(Struct, frozen=True, array_like=True):
    """The ratio at one look: the likeliest, and what it lies between."""

    at: float
    low: float
    likeliest: float
    high: float


def sequence(counted: Iterable[Counted], *, alpha: float) -> Iterator[Interval]:
    """One interval a look that has both versions in it. Ends at 0.05 and 200 mean "beyond"."""
    logs = [0.0] * len(RATIOS)
    for look in counted:
        if look.requests > 0 and look.stable_requests > 0:
            logs = [so_far + _log(look, ratio) for so_far, ratio in zip(logs, RATIOS, strict=True)]
            yield _interval(look.at, logs, alpha)


def _log(look: Counted, ratio: float) -> float:
    both = look.errors + look.stable_errors
    part = look.requests / (look.requests + look.stable_requests)
    return look.errors * math.log(ratio) - both * math.log1p(part * (ratio - 1.0)) if both else 0.0


def _interval(at: float, logs: list[float], alpha: float) -> Interval:
    bar = log_sum(logs) - math.log(len(logs)) - math.log(1.0 / alpha)
    kept = [number for number, value in enumerate(logs) if value > bar]
    best = max(range(len(logs)), key=lambda number: logs[number])
    low, high = _edge(logs, kept[0], -1, bar), _edge(logs, kept[-1], 1, bar)
    return Interval(at, _ratio(low), _ratio(best + _peak(logs, best)), _ratio(high))


def _edge(logs: list[float], last: int, step: int, bar: float) -> float:
    """Where the curve crosses the bar, between the last point above it and its neighbour."""
    beyond = last + step
    if not 0 <= beyond < len(logs):
        return float(last)
    return last + step * (logs[last] - bar) / (logs[last] - logs[beyond])


def _peak(logs: list[float], best: int) -> float:
    """How far the top of a parabola through three points is from the middle one."""
    if not 0 < best < len(logs) - 1:
        return 0.0
    before, top, after = logs[best - 1 : best + 2]
    bend = before - 2.0 * top + after
    return 0.5 * (before - after) / bend if bend < 0.0 else 0.0


def _ratio(place: float) -> float:
    return RATIOS[0] * math.exp(STEP * place)
