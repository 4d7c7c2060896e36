"""The sentences about metrics that people defined: plain, and with their numbers."""

import math

from shipway.analysis.amount import Amount
from shipway.analysis.counts import Broken, Compared, Counts
from shipway.analysis.levels import Levels
from shipway.analysis.words import duration, figure, was
from shipway.model.metric import MEMORY, QUEUE_AGE, RESTARTS, Metric, size

RARITY_LOG_MAX = 20.0
BURSTS = "nothing is known of its bursts"


def nats(probability: float) -> float:
    """How surprising something of this probability is."""
    return -math.log(probability)


def worse(metric: Metric, found: Compared, *, excess: float, alpha: float) -> str:
    """Proven worse than the margin."""
    size = f"{found.ratio:.1f} times the baseline's" if found.ratio else "where the baseline has none"
    rarity = min(excess, RARITY_LOG_MAX) - math.log(alpha)
    margin = f"one {percent(metric.worse_by)} worse" if metric.worse_by else "an equal version"
    return (
        f"candidate {metric.name} {size} ({_both(metric, found)}); "
        f"{margin} looks this bad once in {_rounded(math.exp(rarity))}"
    )


def broken(metric: Metric, breach: Broken, *, now: float) -> str:
    """Proven outside of its bounds."""
    said = f"candidate breaks its bound: {metric.name} {_amount(metric, breach.candidate)} in"
    base = f", the baseline {_amount(metric, breach.stable)}" if breach.stable.of else ""
    return f"{said} {duration(now - breach.since)} ({bounds(metric)}){base}"


def higher(metric: Metric, levels: Levels) -> str:
    """A level proven above its margin."""
    signs = levels.signs
    return (
        f"candidate {metric.name} is more than {percent(metric.worse_by or 0.0)} above the baseline's in "
        f"{signs.worse} of {signs.compared} blocks of 10 s: {_pair(metric, levels)}"
    )


def out(metric: Metric, levels: Levels) -> str:
    """A level proven outside of its bounds."""
    signs = levels.signs
    return (
        f"candidate {metric.name} is out of bounds ({bounds(metric)}) in {signs.out} of {signs.blocks} "
        f"blocks of 10 s: {_pair(metric, levels)}"
    )


def happened(metric: Metric, events: float) -> str:
    """An event that must not happen."""
    return f"{metric.name} happened on the candidate: {_number(events)}, and any is critical"


def unconfirmed(metric: Metric) -> str:
    """Seen in one look only."""
    return f"{metric.name} was seen once on the candidate; the next look confirms it or not"


def none_happened(metric: Metric) -> str:
    """None so far."""
    return f"{metric.name}: none on the candidate"


def blind(metric: Metric, reason: str, *, seconds: float) -> str:
    """No value."""
    since = f" for {duration(seconds)}" if seconds >= 1.0 else ""
    return f"{metric.name} cannot be seen{since}: {reason}"


def suspected(metric: Metric) -> str:
    """Worse than expected, not proven."""
    return f"candidate {metric.name} looks worse than it may be, without proof yet"


def worse_by_now(metric: Metric, found: Compared, *, is_short: bool) -> str:
    """Worse than expected, not proven; `is_short` where a burst would look the same."""
    said = f"candidate {metric.name} looks worse than it may be ({_both(metric, found)})"
    return f"{said}: harm if that goes on, as {BURSTS}" if is_short else f"{said}, without proof yet"


def has_to_last(metric: Metric, *, seconds: float) -> str:
    """Worse than history, for too short a time to rule out a burst."""
    return (
        f"candidate {metric.name} is worse than before: harm if that lasts {duration(seconds)} more, as {BURSTS}"
    )


def both(metric: Metric) -> str:
    """Not the candidate's."""
    return f"both versions break the bound of {metric.name} ({bounds(metric)}), so it is not the candidate's"


def nothing_yet(metric: Metric) -> str:
    """No exposure."""
    return f"{metric.name}: the candidate has nothing to count it by yet"


def few_blocks(metric: Metric, levels: Levels) -> str:
    """Too short."""
    blocks = levels.signs.blocks
    return f"{metric.name}: only {blocks} {'block' if blocks == 1 else 'blocks'} of 10 s {was(blocks)} seen"


def count(metric: Metric, counts: Counts) -> str:
    """What was counted of both."""
    base = f" against {_amount(metric, counts.stable)}" if counts.stable.of else ""
    return f"{metric.name}: {_amount(metric, counts.candidate)}{base}"


def level(metric: Metric, levels: Levels) -> str:
    """Where both stand."""
    return f"{metric.name}: {_pair(metric, levels)}"


def bounds(metric: Metric) -> str:
    """`at most 5%`."""
    said = [f"at least {value(metric, metric.at_least)}"] if metric.at_least is not None else []
    said += [f"at most {value(metric, metric.at_most)}"] if metric.at_most is not None else []
    return " and ".join(said)


def value(metric: Metric, amount: float) -> str:
    """A level or a part with its unit."""
    if metric.resource == MEMORY:
        return size(amount)
    if metric.resource == QUEUE_AGE:
        return f"{figure(amount, digits=3)} s"
    if metric.is_cost:
        return f"{figure(1000 * amount, digits=3)} ms a request"
    return figure(amount, digits=4) if metric.is_level or amount >= 1.0 else percent(amount)


def percent(share: float) -> str:
    """A margin or a part; margins may be more than all."""
    return f"{figure(100 * share, digits=3)}%"


def _pair(metric: Metric, levels: Levels) -> str:
    candidate = value(metric, levels.last_candidate) if levels.last_candidate is not None else "nothing"
    return candidate + (f" against {value(metric, levels.last_stable)}" if levels.last_stable is not None else "")


def _both(metric: Metric, found: Compared) -> str:
    before = " before it lost its traffic" if found.is_history else ""
    return f"{_amount(metric, found.candidate)} against {_amount(metric, found.stable)}{before}"


def _amount(metric: Metric, amount: Amount) -> str:
    if metric.resource == RESTARTS:
        return f"{_number(amount.value)} in {duration(3600.0 * amount.of)} of replicas"
    return f"{_number(amount.value)} of {_number(amount.of)}"


def _number(amount: float) -> str:
    return f"{amount:,.0f}"


def _rounded(rarity: float) -> str:
    digits = max(0, len(str(int(rarity))) - 2)
    return f"{round(rarity, -digits):,.0f}"
