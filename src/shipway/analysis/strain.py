"""Whether users suffer while rows are filled: the last seconds against how the service usually is.

Nothing is judged here but whether a backfill should wait, so a false alarm costs a short wait, and no promise is
spent on it. Both versions count together: the database is behind all of them.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.tail import surprise
from shipway.model.sample import Window

RECENT_SECONDS = 10.0
CALM_SECONDS = 30.0
"""So long nothing may be seen before it goes on."""
USUAL_REQUESTS_MIN = 500
"""With fewer nobody knows how it usually is."""
SURPRISE_MIN = 16.0
"""Nats: what chance alone would show once in ten million looks."""
ERRORS_USUAL_MIN, ERRORS_TIMES = 0.002, 3.0
SLOW_USUAL_MAX, SLOW_TIMES = 0.01, 4.0
"""Slow is what usually at most so many requests are; a strain is so many times as many."""


class Span(Struct, frozen=True, array_like=True):
    """What was counted until a moment."""

    at: float = 0.0
    requests: int = 0
    errors: int = 0
    timed: int = 0
    slow: int = 0


class Strain(Struct, frozen=True, kw_only=True):
    """What is known while rows are filled."""

    usual: Span = Span()
    """Before: all that the source has counted."""
    bound_seconds: float | None = None
    """Beyond this a request is slow; none where nothing is timed."""
    recent: tuple[Span, ...] = ()
    seen_at: float = 0.0
    said: str = ""
    """What users suffer; empty while they do not."""


def begun(totals: Sequence[Window]) -> Strain:
    """From all that was counted of each version so far."""
    bounds = sorted({bound for one in totals for bound in one.bounds_seconds})
    timed = sum(_timed(one) for one in totals)
    bound = next((each for each in bounds if _slow(totals, each) <= SLOW_USUAL_MAX * timed), None)
    return Strain(usual=_span(totals, bound, 0.0), bound_seconds=bound if timed else None)


def looked(before: Strain, windows: Sequence[Window], *, now: float) -> Strain:
    """With what was counted since the last look; nothing counted says nothing new."""
    if not windows or before.usual.requests < USUAL_REQUESTS_MIN:
        return before
    fresh = (one for one in before.recent if now - one.at < RECENT_SECONDS)
    recent = (*fresh, _span(windows, before.bound_seconds, now))
    said = _said(before, recent)
    is_over = not said and now - before.seen_at >= CALM_SECONDS
    return replace(
        before,
        recent=recent,
        seen_at=now if said else before.seen_at,
        said=said or ("" if is_over else before.said),
    )


def _said(strain: Strain, recent: Sequence[Span]) -> str:
    usual, bound = strain.usual, strain.bound_seconds
    requests, errors = sum(one.requests for one in recent), sum(one.errors for one in recent)
    rate = max(ERRORS_USUAL_MIN, usual.errors / usual.requests)
    if _is_beyond(errors, requests, rate, ERRORS_TIMES):
        return f"{errors / requests:.1%} of requests fail, usually {usual.errors / usual.requests:.1%}"
    timed, slow = sum(one.timed for one in recent), sum(one.slow for one in recent)
    if bound is not None and usual.timed and _is_beyond(slow, timed, SLOW_USUAL_MAX, SLOW_TIMES):
        share = usual.slow / usual.timed
        return f"{slow / timed:.0%} of requests take more than {_moment(bound)}, usually {share:.1%}"
    return ""


def _is_beyond(count: int, whole: int, usual: float, times: float) -> bool:
    if not whole or count < times * usual * whole:
        return False
    return surprise(count, whole, usual * whole) >= SURPRISE_MIN


def _moment(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1.0 else f"{seconds:.1f} s"


def _span(windows: Sequence[Window], bound: float | None, at: float) -> Span:
    return Span(
        at=at,
        requests=sum(one.requests for one in windows),
        errors=sum(one.errors for one in windows),
        timed=0 if bound is None else sum(_timed(one) for one in windows),
        slow=0 if bound is None else _slow(windows, bound),
    )


def _timed(window: Window) -> int:
    if not window.buckets:
        return 0
    return window.requests if window.timed is None else window.timed


def _slow(windows: Sequence[Window], bound: float) -> int:
    """Of those that are timed at this bound."""
    return sum(
        _timed(one) - one.buckets[one.bounds_seconds.index(bound)]
        for one in windows
        if one.buckets and bound in one.bounds_seconds
    )
