"""What happened between two samples of one revision."""

import math

from shipway.model.sample import Counts, Sample, Window

Bounds = tuple[float, ...]


def is_newer(before: Sample | None, after: Sample) -> bool:
    """Whether a sample is later than the last; one that is told twice, or comes out of order, is not."""
    return before is None or after.at > before.at


def window(before: Sample | None, after: Sample) -> Window:
    """Sum over series of what each counted since `before`.

    A series of which any value fell has restarted and counts from zero, as does one seen for the first
    time; one that is gone counts nothing. Without `before` the window has no length and holds all that
    was counted. Buckets are kept for the bounds that both samples have, and only if every series that
    counted requests has them: one without buckets that has timed nothing yet has zeros.
    """
    bounds = _common_bounds(before, after)
    deltas = [
        _delta(_aligned(before, name, bounds) if before else None, _aligned(after, name, bounds) or Counts())
        for name in after.series
    ]
    is_timed = bool(bounds) and all(delta.buckets for delta in deltas if delta.requests)
    return Window(
        revision=after.revision,
        start=before.at if before else after.at,
        end=after.at,
        requests=sum(delta.requests for delta in deltas),
        errors=sum(delta.errors for delta in deltas),
        latency_sum_seconds=math.fsum(delta.latency_sum_seconds for delta in deltas),
        buckets=_summed([delta.buckets for delta in deltas if delta.buckets], len(bounds)) if is_timed else (),
        timed=sum(_timed(delta) for delta in deltas) if is_timed else None,
        bounds_seconds=bounds if is_timed else (),
    )


def _common_bounds(before: Sample | None, after: Sample) -> Bounds:
    if before is None or not before.bounds_seconds or before.bounds_seconds == after.bounds_seconds:
        return after.bounds_seconds
    return tuple(bound for bound in after.bounds_seconds if bound in before.bounds_seconds)


def _aligned(sample: Sample, name: str, bounds: Bounds) -> Counts | None:
    """A series with the buckets of these bounds; without buckets where it has none of its own."""
    counts = sample.series.get(name)
    if counts is None or (sample.bounds_seconds == bounds and len(counts.buckets) in (0, len(bounds))):
        return counts
    buckets = dict(zip(sample.bounds_seconds, counts.buckets, strict=False))
    has_all = all(bound in buckets for bound in bounds)
    return Counts(
        requests=counts.requests,
        errors=counts.errors,
        latency_sum_seconds=counts.latency_sum_seconds,
        buckets=tuple(buckets[bound] for bound in bounds) if has_all else (),
        timed=counts.timed,
    )


def _delta(before: Counts | None, after: Counts) -> Counts:
    if before is None or _has_restarted(before, after):
        return after
    then = before.buckets or (0,) * (0 if _timed(before) else len(after.buckets))
    was_timed = len(then) == len(after.buckets)
    return Counts(
        requests=after.requests - before.requests,
        errors=after.errors - before.errors,
        latency_sum_seconds=after.latency_sum_seconds - before.latency_sum_seconds,
        buckets=tuple(map(int.__sub__, after.buckets, then)) if was_timed else (),
        timed=_timed(after) - _timed(before),
    )


def _has_restarted(before: Counts, after: Counts) -> bool:
    return (
        after.requests < before.requests
        or after.errors < before.errors
        or _timed(after) < _timed(before)
        or after.latency_sum_seconds < before.latency_sum_seconds
        or any(new < old for old, new in zip(before.buckets, after.buckets, strict=False))
    )


def _timed(counts: Counts) -> int:
    return counts.requests if counts.timed is None else counts.timed


def _summed(buckets: list[tuple[int, ...]], length: int) -> tuple[int, ...]:
    return tuple(map(sum, zip(*buckets, strict=True))) if buckets else (0,) * length
