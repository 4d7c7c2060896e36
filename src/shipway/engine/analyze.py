"""What two versions' counts say of each other, without a release: a verdict, numbers, and how they came about."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from shipway.analysis.rates import quantile
from shipway.analysis.sequence import Counted, Interval, sequence
from shipway.engine.replay import watch
from shipway.model.policy import Guard
from shipway.model.recording import RecordedLook, Recording, Total
from shipway.model.verdict import Verdict

POINTS_MAX = 30
"""Of a curve: a window of latencies is a part of the whole, and holds enough requests to have a tail."""
PARTS = (0.5, 0.95, 0.99)


class Quantiles(Struct, frozen=True, array_like=True):
    """Seconds under which a half, 95% and 99% of the answers took, at one instant; none where none is known."""

    at: float
    p50: float | None
    p95: float | None
    p99: float | None


class Version(Struct, frozen=True, kw_only=True):
    """One version over the whole time."""

    name: str
    requests: int
    errors: int
    whole: Quantiles
    over_time: tuple[Quantiles, ...]


class Analysis(Struct, frozen=True, kw_only=True):
    """All of it."""

    name: str
    verdict: Verdict
    metrics: dict[str, Verdict]
    seconds: float
    alpha: float
    ratios: tuple[Interval, ...]
    """The error ratio as it became known."""
    stable: Version
    candidate: Version


async def analyze(recording: Recording, policy: Guard) -> Analysis:
    """The verdict is the guard's own, at the end of the recording."""
    evidence = await watch(recording, policy)
    counted = (_counted(before, after) for before, after in pairwise(recording.looks))
    return Analysis(
        name=recording.name,
        verdict=evidence.verdict,
        metrics=evidence.custom,
        seconds=recording.looks[-1].at - recording.looks[0].at,
        alpha=policy.false_rollback,
        ratios=tuple(sequence(counted, alpha=policy.false_rollback)),
        stable=_version("stable", recording),
        candidate=_version("candidate", recording),
    )


def _counted(before: RecordedLook, after: RecordedLook) -> Counted:
    candidate, stable = grown(before.candidate, after.candidate), grown(_of(before), _of(after))
    return Counted(after.at, candidate.requests, candidate.errors, stable.requests, stable.errors)


def _of(look: RecordedLook) -> Total:
    return look.stable or Total()


def grown(before: Total, after: Total) -> Total:
    """What was counted between two looks; a count that fell began anew."""
    if after.requests < before.requests or after.errors < before.errors:
        return after
    new = Total(requests=after.requests - before.requests, errors=after.errors - before.errors)
    then = before.buckets or (0,) * (0 if timed(before) else len(after.buckets))
    if len(then) != len(after.buckets):
        return new
    return Total(
        requests=new.requests,
        errors=new.errors,
        timed=timed(after) - timed(before),
        buckets=tuple(now - then for then, now in zip(then, after.buckets, strict=True)),
    )


def timed(total: Total) -> int:
    """Requests in the histogram."""
    return total.requests if total.timed is None else total.timed


def _version(arm: str, recording: Recording) -> Version:
    looks = recording.looks
    totals = [(look.at, look.candidate if arm == "candidate" else _of(look)) for look in looks]
    step = max(1, len(totals) // POINTS_MAX)
    marks = totals[::step] if (len(totals) - 1) % step == 0 else [*totals[::step], totals[-1]]
    (_, first), (at, last) = totals[0], totals[-1]
    whole = grown(first, last)
    return Version(
        name=arm,
        requests=whole.requests,
        errors=whole.errors,
        whole=_quantiles(at, whole, recording.bounds_seconds),
        over_time=tuple(_over_time(marks, recording.bounds_seconds)),
    )


def _over_time(marks: list[tuple[float, Total]], bounds: tuple[float, ...]) -> Iterator[Quantiles]:
    for (_, before), (at, after) in pairwise(marks):
        new = grown(before, after)
        if new.buckets and new.buckets[-1] > 0:
            yield _quantiles(at, new, bounds)


def _quantiles(at: float, total: Total, bounds: tuple[float, ...]) -> Quantiles:
    whole = max(timed(total), *total.buckets, 0)
    return Quantiles(at, *(quantile(total.buckets, bounds, whole, part) for part in PARTS))
