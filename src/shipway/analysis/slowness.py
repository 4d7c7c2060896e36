"""Slower requests of both versions in the same seconds, summed over a run at a few bucket bounds."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.arms import Arm
from shipway.analysis.bounds import WORSE_BY, Bounds, Level, chosen, slower
from shipway.model.sample import Window

BLOCK_REQUESTS, BLOCK_SECONDS = 20, 4.0
"""Scrapes are pooled until both versions have so many requests and so much time went by."""
WARM_SECONDS = 5.0
"""At the start of each stage new replicas begin cold; their first seconds are not compared."""
KINDS = len(WORSE_BY) + 1
"""Per level: one count for each of `WORSE_BY`, and one for the margin."""

Counts = tuple[int, ...]


class Cell(Struct, frozen=True, array_like=True):
    """One comparison: the candidate over its bound, the stable version over its own."""

    slow: int = 0
    """The candidate's."""
    both: int = 0
    mean: float = 0.0
    """How many of both an equal candidate would have."""
    worst: tuple[int, int, float] = (0, 0, 0.0)
    """The one block that spoke most against the candidate, as (slow, both, mean)."""
    best: tuple[int, int, float] = (0, 0, 0.0)
    """The one block that spoke most for it."""


class Pool(Struct, frozen=True, array_like=True):
    """The block that is being filled."""

    seconds: float = 0.0
    requests: int = 0
    stable_requests: int = 0
    slow: Counts = ()
    """By level and kind."""
    stable_slow: Counts = ()
    """By level."""


class Slowness(Struct, frozen=True, kw_only=True):
    """Latency of both versions, as far as it can be compared; the default knows nothing."""

    levels: tuple[Level, ...] = ()
    cells: tuple[Cell, ...] = ()
    """`KINDS` for each level: both versions in the same seconds."""
    requests: int = 0
    """The candidate's in closed blocks."""
    stable_requests: int = 0
    open: Pool = Pool()
    alone: tuple[Cell, ...] = ()
    """The candidate's in stages without stable traffic; what an equal one would have is from history."""
    alone_requests: int = 0
    renewals: int = 0
    """How often the bounds changed so that everything began anew."""
    skipped_requests: int = 0
    """The candidate's since the versions' bounds have none in common."""
    stage: int = -1
    planned: float = 0.0
    """Candidate requests that are forecast to have been compared when the stage ends."""


def planned(slowness: Slowness, stage: int, requests: float, *, is_alone: bool) -> Slowness:
    """A stage was forecast to bring so many candidate requests; said once, before any of them is compared."""
    if slowness.stage == stage:
        return slowness
    before = 0 if is_alone else slowness.requests
    return replace(closed(slowness), stage=stage, planned=before + requests)


def compared(slowness: Slowness, history: Arm, stable: Window | None, candidate: Window) -> Slowness:
    """With one more scrape. `history` is the stable version before it: bounds are chosen from that.

    `stable` is none where it has no traffic; its history is then all that the candidate is compared with.
    """
    ours = history.bounds_seconds if stable is None else stable.bounds_seconds
    common = _common(ours, candidate.bounds_seconds)
    if not common:
        is_timed = bool(ours or candidate.bounds_seconds)
        return replace(slowness, skipped_requests=slowness.skipped_requests + is_timed * candidate.requests)
    if not all(bound in common for level in slowness.levels for bound in level.bounds):
        slowness = Slowness(renewals=slowness.renewals + 1, stage=slowness.stage, planned=slowness.planned)
    since = (slowness.requests, slowness.stable_requests)
    levels = chosen(history, common, slowness.levels, since=since)
    if len(levels) > len(slowness.levels):
        slowness = _with_levels(closed(slowness), levels)
    slowness = replace(slowness, skipped_requests=0) if slowness.skipped_requests else slowness
    return _pooled(slowness, history, stable, candidate) if levels else slowness


def _common(ours: Bounds, theirs: Bounds) -> Bounds:
    return ours if ours == theirs else tuple(bound for bound in theirs if bound in ours)


def _with_levels(slowness: Slowness, levels: tuple[Level, ...]) -> Slowness:
    new = (Cell(),) * (KINDS * (len(levels) - len(slowness.levels)))
    return replace(slowness, levels=levels, cells=(*slowness.cells, *new), alone=(*slowness.alone, *new))


def _pooled(slowness: Slowness, history: Arm, stable: Window | None, candidate: Window) -> Slowness:
    pool, levels = slowness.open, slowness.levels
    slow = tuple(_over(candidate, bound) for level in levels for bound in (*level.worse, level.margin))
    pool = Pool(
        pool.seconds + candidate.end - candidate.start,
        pool.requests + _timed(candidate),
        pool.stable_requests + (_timed(stable) if stable else 0),
        _sum(pool.slow, slow),
        _sum(pool.stable_slow, tuple(_over(stable, level.stable) if stable else 0 for level in levels)),
    )
    slowness = replace(slowness, open=pool)
    if pool.requests < BLOCK_REQUESTS or pool.seconds < BLOCK_SECONDS:
        return slowness
    if stable is None:
        return _closed_alone(slowness, history)
    return closed(slowness) if pool.stable_requests >= BLOCK_REQUESTS else slowness


def _over(window: Window, bound: float | None) -> int:
    if bound is None:
        return 0
    return max(0, _timed(window) - window.buckets[window.bounds_seconds.index(bound)])


def _timed(window: Window) -> int:
    return window.requests if window.timed is None else window.timed


def _sum(old: Counts, new: Counts) -> Counts:
    return tuple(map(int.__add__, old, new)) if old else new


def closed(slowness: Slowness) -> Slowness:
    """With what is pooled in the sums, by its own division of requests; what only one version had is let go."""
    pool = slowness.open
    if not (pool.requests and pool.stable_requests):
        return replace(slowness, open=Pool())
    part = pool.requests / (pool.requests + pool.stable_requests)
    blocks = [(slow, slow + pool.stable_slow[number // KINDS]) for number, slow in enumerate(pool.slow)]
    return replace(
        slowness,
        cells=tuple(
            _grown(cell, slow, both, both * part)
            for cell, (slow, both) in zip(slowness.cells, blocks, strict=True)
        ),
        requests=slowness.requests + pool.requests,
        stable_requests=slowness.stable_requests + pool.stable_requests,
        open=Pool(),
    )


def _closed_alone(slowness: Slowness, history: Arm) -> Slowness:
    pool = slowness.open
    means = [pool.requests * slower(history, level.stable) / history.timed for level in slowness.levels]
    return replace(
        slowness,
        alone=tuple(
            _grown(cell, slow, slow, means[number // KINDS])
            for number, (cell, slow) in enumerate(zip(slowness.alone, pool.slow, strict=True))
        ),
        alone_requests=slowness.alone_requests + pool.requests,
        open=Pool(),
    )


def _grown(cell: Cell, slow: int, both: int, mean: float) -> Cell:
    block, excess = (slow, both, mean), slow - mean
    return Cell(
        cell.slow + slow,
        cell.both + both,
        cell.mean + mean,
        block if excess > cell.worst[0] - cell.worst[2] else cell.worst,
        block if excess < cell.best[0] - cell.best[2] else cell.best,
    )
