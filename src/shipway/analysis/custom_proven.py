"""Is a metric of people's own proven to be no worse? As `proven` asks of errors, at the same `beta`.

Bets that are valid at every look of one stage: a stage is left early only on what was seen in it.
"""

import math

from shipway.analysis.bets import FALLS, RISES, log_sum, rate_bet, sign_bet
from shipway.analysis.counts import Counts, Span, weight_of
from shipway.analysis.levels import Levels
from shipway.analysis.levels import since as signs_since
from shipway.analysis.proven import RATIOS, TIMES
from shipway.model.metric import Metric


def counts_are(counts: Counts, metric: Metric, *, beta: float) -> bool:
    """Not twice the margin, and within the bounds."""
    span, needed = counts.span, math.log(1.0 / beta)
    if metric.worse_by is not None and (span.is_alone or _against_twice(span, weight_of(metric)) < needed):
        return False
    events, exposure = span.both.candidate.value, span.both.candidate.of
    if metric.at_most is not None and rate_bet(events, exposure, bound=metric.at_most, odds=FALLS) < needed:
        return False
    return metric.at_least is None or rate_bet(events, exposure, bound=metric.at_least, odds=RISES) >= needed


def _against_twice(span: Span, weight: float) -> float:
    """Log wealth of bets on smaller ratios than `TIMES` of the margin."""
    candidate, stable = span.both.candidate, span.both.stable
    exposure = candidate.of * weight
    if not (exposure and stable.of):
        return 0.0
    part, total = exposure / (exposure + stable.of), candidate.value + stable.value
    bets = ((math.log(stake), _log(candidate.value, total, part, ratio)) for ratio, stake in RATIOS)
    return log_sum(stake + told for stake, told in bets) - _log(candidate.value, total, part, TIMES)


def _log(events: float, total: float, part: float, ratio: float) -> float:
    return events * math.log(ratio) - total * math.log1p(part * (ratio - 1.0))


def levels_are(levels: Levels, metric: Metric, *, beta: float) -> bool:
    """Below the margin in most blocks of the stage, and within the bounds in most."""
    start = levels.stage or levels.run
    if start is None:
        return False
    since, needed = signs_since(start.signs, levels.signs), math.log(1.0 / beta)
    if metric.worse_by is not None and sign_bet(since.compared - since.worse, since.compared) < needed:
        return False
    is_bounded = metric.at_most is not None or metric.at_least is not None
    return not is_bounded or sign_bet(since.blocks - since.out, since.blocks) >= needed
