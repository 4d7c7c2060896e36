"""Two versions side by side, as one release was recorded: numbers with what they lie between, and no judgement."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from shipway.analysis.division import TOLERANCE
from shipway.analysis.rates import Between, part_between, quantile_between
from shipway.analysis.sequence import Counted, Interval, sequence
from shipway.engine.analyze import PARTS, grown, timed
from shipway.model.metric import RESTARTS, Metric
from shipway.model.recording import Measured, RecordedLook, Recording, Total
from shipway.model.share import TOTAL, Share

ALPHA = 0.05
"""What lies outside of an interval at any look, at most."""
DIVISION_ALPHA = 0.001
"""How often a right division of requests is called wrong, at most."""
HOUR_SECONDS = 3600.0
Quantile = tuple[float | None, float | None, float | None]
"""Low, estimate, high; seconds."""


class Side(Struct, frozen=True, kw_only=True):
    """One version."""

    requests: int = 0
    errors: int = 0
    error_rate: Between = Between(0.0, 0.0, 1.0)
    quantiles: tuple[Quantile, ...] = ()
    """Of `PARTS`; none where latency was not counted."""
    metrics: Mapping[str, Between] = {}
    """Rates of what people count; of a level its least, mean and greatest value; of processor time that of a
    request, with no bounds."""


class Divided(Struct, frozen=True, kw_only=True):
    """How requests came to be divided."""

    wished: Share
    """Of users, to the candidate."""
    counted: float
    """The candidate's part of the requests."""
    is_mismatch: bool
    """Proven to be off by more than users who ask more than others explain."""


class SideBySide(Struct, frozen=True, kw_only=True):
    """All of it."""

    stages: tuple[str, ...]
    seconds: float
    stable: Side
    candidate: Side
    ratio: Interval | None
    """How many times as often the candidate fails."""
    divided: Divided | None
    """None where shares changed meanwhile."""
    kinds: Mapping[str, Metric] = {}
    """What each metric is, by its name."""


def side_by_side(recording: Recording, metrics: Sequence[Metric]) -> SideBySide:
    """Over the stages in which both had users."""
    shown = [number for number, stage in enumerate(recording.stages) if 0 < stage.share < TOTAL]
    pairs = [(a, b) for a, b in pairwise(recording.looks) if a.stage == b.stage and b.stage in shown]
    sums = {arm: _sum(grown(_of(a, arm), _of(b, arm)) for a, b in pairs) for arm in ("stable", "candidate")}
    seen = sorted({after.stage for _, after in pairs})
    shares = {recording.stages[number].share for number in seen}
    sides = {arm: _side(total, recording, _measured(pairs, metrics, arm)) for arm, total in sums.items()}
    return SideBySide(
        stages=tuple(recording.stages[number].name for number in seen),
        seconds=sum(after.at - before.at for before, after in pairs),
        stable=sides["stable"],
        candidate=sides["candidate"],
        ratio=_ratio(pairs),
        divided=_divided(sums, shares.pop()) if len(shares) == 1 else None,
        kinds={metric.name: metric for metric in metrics},
    )


Pairs = Sequence[tuple[RecordedLook, RecordedLook]]


def _of(look: RecordedLook, arm: str) -> Total:
    return look.candidate if arm == "candidate" else look.stable or Total()


def _sum(totals: Iterator[Total]) -> Total:
    """Buckets as far as every part has them."""
    parts = [total for total in totals if total.requests or total.buckets]
    sizes = {len(total.buckets) for total in parts}
    is_timed = len(sizes) == 1
    return Total(
        requests=sum(total.requests for total in parts),
        errors=sum(total.errors for total in parts),
        timed=sum(timed(total) for total in parts) if is_timed else None,
        buckets=tuple(map(sum, zip(*(total.buckets for total in parts), strict=True))) if is_timed else (),
    )


def _side(total: Total, recording: Recording, metrics: Mapping[str, Between]) -> Side:
    bounds = recording.bounds_seconds
    whole = max(timed(total), *total.buckets, 0)
    quantiles = (quantile_between(total.buckets, bounds, whole, part, alpha=ALPHA) for part in PARTS)
    return Side(
        requests=total.requests,
        errors=total.errors,
        error_rate=part_between(total.errors, total.requests, alpha=ALPHA),
        quantiles=tuple(quantiles) if total.buckets else (),
        metrics=metrics,
    )


def _ratio(pairs: Pairs) -> Interval | None:
    counted = (_counted(before, after) for before, after in pairs)
    found = list(sequence(counted, alpha=ALPHA))
    return found[-1] if found else None


def _counted(before: RecordedLook, after: RecordedLook) -> Counted:
    new, old = (grown(_of(before, arm), _of(after, arm)) for arm in ("candidate", "stable"))
    return Counted(after.at, new.requests, new.errors, old.requests, old.errors)


def _divided(sums: Mapping[str, Total], wished: Share) -> Divided | None:
    """Users are kept where they are, and some ask more than others: that moves a part of requests by a little."""
    ours, whole = sums["candidate"].requests, sums["candidate"].requests + sums["stable"].requests
    if not whole:
        return None
    between, share = part_between(ours, whole, alpha=DIVISION_ALPHA), wished / TOTAL
    most = TOLERANCE * min(share, 1.0 - share)
    is_off = between.low > share + most or between.high < share - most
    return Divided(wished=wished, counted=between.estimate, is_mismatch=is_off)


# What people count themselves


def _measured(pairs: Pairs, metrics: Sequence[Metric], arm: str) -> dict[str, Between]:
    found = {metric.name: _metric(pairs, metric, arm) for metric in metrics}
    return {name: between for name, between in found.items() if between is not None}


def _metric(pairs: Pairs, metric: Metric, arm: str) -> Between | None:
    seen = [(a.metrics.get(metric.name, {}).get(arm), b.metrics.get(metric.name, {}).get(arm)) for a, b in pairs]
    if metric.is_level and not metric.is_cost:
        levels = [after.value for _, after in seen if after is not None]
        return Between(min(levels), sum(levels) / len(levels), max(levels)) if levels else None
    value = whole = 0.0
    for (before, after), looks in zip(seen, pairs, strict=True):
        if before is None or after is None or after.value < before.value:
            continue
        value += after.value - before.value
        whole += _whole(before, after, looks, arm)
    if whole <= 0.0:
        return None
    if metric.resource == RESTARTS:
        return _per_hour(round(value), whole)
    if metric.is_cost or value > whole:
        return Between(value / whole, value / whole, value / whole)
    return part_between(round(value), round(whole), alpha=ALPHA)


def _per_hour(count: int, hours: float) -> Between:
    """Restarts are of seconds of replicas, as errors are of requests."""
    found = part_between(count, max(count, round(HOUR_SECONDS * hours)), alpha=ALPHA)
    return Between(*(HOUR_SECONDS * each for each in (found.low, found.estimate, found.high)))


def _whole(before: Measured, after: Measured, looks: tuple[RecordedLook, RecordedLook], arm: str) -> float:
    """What it is a part of: requests, where nothing else was asked for."""
    if before.of is not None and after.of is not None:
        return max(0.0, after.of - before.of)
    return float(grown(_of(looks[0], arm), _of(looks[1], arm)).requests)
