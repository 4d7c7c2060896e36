"""Slower requests of both versions in the same seconds, summed over a run at a few bucket bounds."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import late
from shipway.analysis.arms import Arm
from shipway.analysis.bounds import WORSE_BY, Bounds, Level, chosen, slower
from shipway.analysis.lasting import BAD, EVEN_NATS, GOOD, Lasting, judged
from shipway.analysis.tail import surprise
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import Noise
from shipway.model.sample import Window

DRIFT = 1.5
"""By how much requests over a bound may have become more since the stable version last had traffic."""
ALONE_SECONDS, FEW = 10.0, 5.0
"""The least length of a block of a candidate that is alone, and the least slow requests due at the level it is
judged at."""
BLOCK_REQUESTS = 20
"""Scrapes are pooled until both versions have so many requests and `LatencyNoise.block_seconds` went by."""
WARM_SECONDS = 5.0
"""At the start of each stage new replicas begin cold; their first seconds are not compared."""
KINDS = len(WORSE_BY) + 1
"""Per level: one count for each of `WORSE_BY`, and one for the margin."""

Counts = tuple[int, ...]


class Cell(Struct, frozen=True, array_like=True):
    """One comparison: the candidate over its bound, the stable version over its own."""

    slow: int = 0
    """The candidate's, as far as they count."""
    both: int = 0
    mean: float = 0.0
    """How many of both an equal candidate would have."""
    best: tuple[int, int, float] = (0, 0, 0.0)
    """The one block that spoke most for the candidate, as (slow, both, mean)."""
    left_out: int = 0
    """Of the candidate's slow requests, so many as are not counted; see `LatencyNoise`."""


class Start(Struct, frozen=True, array_like=True):
    """An instant of a stage; what came after it is judged apart, with its own part of the promise."""

    at: float
    seconds: float
    """Into the stage."""
    promise: float
    cells: tuple[Cell, ...]
    requests: int = 0
    stable_requests: int = 0


class Pool(Struct, frozen=True, array_like=True):
    """The block that is being filled."""

    seconds: float = 0.0
    requests: int = 0
    stable_requests: int = 0
    slow: Counts = ()
    """By level and kind."""
    stable_slow: Counts = ()
    """By level."""


class Slowness(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    planned_before: float = 0.0
    """Candidate requests that had been compared before the stage."""
    planned: float = 0.0
    """Candidate requests that are forecast to have been compared when the stage ends."""
    starts: tuple[Start, ...] = ()
    """From when on the comparison is made anew, beside the one over the whole run; see `late`."""
    noise: LatencyNoise = CALM
    lasting: tuple[Lasting, ...] = (Lasting(),) * len(WORSE_BY)
    """Whether it lasts, by each of `WORSE_BY`, in stages without stable traffic."""


def planned(slowness: Slowness, stage: int, requests: float, *, is_alone: bool) -> Slowness:
    """A stage was forecast to bring so many candidate requests; said once, before any of them is compared."""
    if slowness.stage == stage:
        return slowness
    slowness = closed(slowness)
    before = 0 if is_alone else slowness.requests
    return replace(slowness, stage=stage, planned_before=before, planned=before + requests, starts=())


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
        slowness = _renewed(slowness)
    since = (slowness.requests, slowness.stable_requests)
    levels = chosen(history, common, slowness.levels, since=since)
    if len(levels) > len(slowness.levels):
        slowness = _with_levels(closed(slowness), levels)
    slowness = replace(slowness, skipped_requests=0) if slowness.skipped_requests else slowness
    return _pooled(slowness, history, stable, candidate) if levels else slowness


def restarted(slowness: Slowness, at: float, *, seconds: float, stay_seconds: float, promise: float) -> Slowness:
    """With one more late start, when the last one is old enough and no block is open.

    `promise` is that of the stage, `seconds` how far into it this is.
    """
    last = slowness.starts[-1].seconds if slowness.starts else 0.0
    if not slowness.levels or slowness.open != Pool() or seconds - last < late.period_seconds(stay_seconds):
        return slowness
    part = promise * late.part_of(seconds, stay_seconds)
    start = Start(at, seconds, part, (Cell(),) * len(slowness.cells))
    return replace(slowness, starts=(*slowness.starts[1 - late.KEPT :], start))


def _renewed(slowness: Slowness) -> Slowness:
    """Everything begins anew, in the same stage."""
    return Slowness(
        renewals=slowness.renewals + 1,
        stage=slowness.stage,
        planned_before=slowness.planned_before,
        planned=slowness.planned,
        noise=slowness.noise,
    )


def _common(ours: Bounds, theirs: Bounds) -> Bounds:
    return ours if ours == theirs else tuple(bound for bound in theirs if bound in ours)


def _with_levels(slowness: Slowness, levels: tuple[Level, ...]) -> Slowness:
    new = (Cell(),) * (KINDS * (len(levels) - len(slowness.levels)))
    starts = tuple(replace(start, cells=(*start.cells, *new)) for start in slowness.starts)
    cells, alone = (*slowness.cells, *new), (*slowness.alone, *new)
    return replace(slowness, levels=levels, cells=cells, alone=alone, starts=starts)


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
    least_seconds = ALONE_SECONDS if stable is None else slowness.noise.block_seconds
    if pool.requests < BLOCK_REQUESTS or pool.seconds < least_seconds:
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
    late_blocks = _blocks(pool, slowness.noise.since_start) if slowness.starts else []
    return replace(
        slowness,
        cells=_all_grown(slowness.cells, _blocks(pool, slowness.noise.from_beginning)),
        requests=slowness.requests + pool.requests,
        stable_requests=slowness.stable_requests + pool.stable_requests,
        open=Pool(),
        starts=tuple(_start_grown(start, pool, late_blocks) for start in slowness.starts),
    )


Block = tuple[int, int, float, int]
"""As a cell's first counts, and what is left out."""


def _blocks(pool: Pool, noise: Noise) -> list[Block]:
    """The pool as a block of each cell. Nothing is left out of what proves that the candidate is no slower."""
    part = pool.requests / (pool.requests + pool.stable_requests)
    found = []
    for number, slow in enumerate(pool.slow):
        stable_slow = pool.stable_slow[number // KINDS]
        most = noise.cap(pool.requests, pool.stable_requests, stable_slow)
        counted = slow if number % KINDS == KINDS - 1 else int(min(slow, most))
        both = counted + stable_slow
        found.append((counted, both, both * part, slow - counted))
    return found


def _closed_alone(slowness: Slowness, history: Arm) -> Slowness:
    pool = slowness.open
    means = [pool.requests * slower(history, level.stable) / history.timed for level in slowness.levels]
    blocks = [(slow, slow, means[number // KINDS], 0) for number, slow in enumerate(pool.slow)]
    return replace(
        slowness,
        alone=_all_grown(slowness.alone, blocks),
        alone_requests=slowness.alone_requests + pool.requests,
        lasting=tuple(
            _lasted(lasting, _is_bad(slowness.levels, kind, pool, history), pool.seconds)
            for kind, lasting in enumerate(slowness.lasting)
        ),
        open=Pool(),
        starts=tuple(_start_grown(start, pool, blocks) for start in slowness.starts),
    )


def _is_bad(levels: tuple[Level, ...], kind: int, pool: Pool, history: Arm) -> bool:
    """Whether an equal candidate, its slow requests `DRIFT` times history's, has so many half of the time at most.

    At the furthest level that expects a few: it is known before any request of the block is slow.
    """
    timed = [number for number, level in enumerate(levels) if level.worse[kind] is not None]
    few = [
        number for number in timed if pool.requests * slower(history, levels[number].stable) >= FEW * history.timed
    ]
    if not timed:
        return False
    number = min(few, key=lambda number: levels[number].target, default=timed[0])
    slow, stable_slow = pool.slow[number * KINDS + kind], slower(history, levels[number].stable)
    weight, both = pool.requests * DRIFT, slow + stable_slow
    return surprise(slow, both, both * weight / (weight + history.timed)) >= EVEN_NATS


def _lasted(lasting: Lasting, is_bad: bool, seconds: float) -> Lasting:
    return judged(replace(lasting, seconds=seconds), BAD if is_bad else GOOD)


def _start_grown(start: Start, pool: Pool, blocks: list[Block]) -> Start:
    return replace(
        start,
        cells=_all_grown(start.cells, blocks),
        requests=start.requests + pool.requests,
        stable_requests=start.stable_requests + pool.stable_requests,
    )


def _all_grown(cells: tuple[Cell, ...], blocks: list[Block]) -> tuple[Cell, ...]:
    return tuple(_grown(cell, *block) for cell, block in zip(cells, blocks, strict=True))


def _grown(cell: Cell, slow: int, both: int, mean: float, left_out: int) -> Cell:
    block, excess = (slow, both, mean), slow - mean
    return Cell(
        cell.slow + slow,
        cell.both + both,
        cell.mean + mean,
        block if excess < cell.best[0] - cell.best[2] else cell.best,
        cell.left_out + left_out,
    )
