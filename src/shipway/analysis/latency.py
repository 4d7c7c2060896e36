"""Is the candidate slower than the stable version, and by how much? The exact score of `tail` at each level."""

import math
from collections.abc import Iterator

from msgspec import Struct

from shipway.analysis import late, spending
from shipway.analysis.bounds import WORSE_BY, Level, slower
from shipway.analysis.lasting import missing_seconds
from shipway.analysis.slowness import DRIFT, KINDS, Cell, Start
from shipway.analysis.tail import surprise
from shipway.analysis.tally import Tally

PROVEN_TARGET_MIN = 0.008
"""Latency is proven to be no worse up to the level next to the 99th percentile; beyond it is too rare."""
LEVELS = 2.0
"""The promise is divided by so many levels, not by all six: they count mostly the same requests, and what blocks
leave out makes each of them careful. Equal candidates are called slower about half as often as promised
(`benchmarks/latency_false.py`)."""


class Slower(Struct, frozen=True, kw_only=True):
    """The candidate at one level, compared by one of `WORSE_BY`."""

    level: Level
    worse_by: float
    bound: float
    """The candidate's, in seconds."""
    slow: int
    left_out: int
    """Of them, so many came in clusters and prove nothing."""
    requests: int
    stable_slow: int
    stable_requests: int
    excess: float
    """The score less its threshold, in nats: at 0 or more it is proven."""
    surprise: float
    """Of one look."""
    is_history: bool
    since: float | None
    """From when on, epoch seconds, where not over the whole run."""
    more_seconds: float = 0.0
    """How much longer it has to last to be proven, where history is all there is to compare with."""


def slower_at(tally: Tally, *, alpha: float) -> list[Slower]:
    """Every comparison that the current stage allows, those by the most first."""
    slowness, spell = tally.slowness, tally.spell
    if spell is None or not spell.promise or not alpha:
        return []
    found = []
    for kind in reversed(range(len(WORSE_BY))):
        for number, level in enumerate(slowness.levels):
            looks = _looks(tally, level, number * KINDS + kind) if level.worse[kind] is not None else ()
            told = [_slower(tally, level, kind, look, alpha=alpha / LEVELS) for look in looks]
            found += [max(told, key=lambda each: each.excess)] if told else []
    return found


class _Look(Struct, frozen=True, kw_only=True):
    """What the score needs."""

    slow: int
    left_out: int
    both: int
    mean: float
    planned: float
    requests: int
    stable_slow: int
    stable_requests: int
    promise: float
    since: float | None = None


def _looks(tally: Tally, level: Level, place: int) -> Iterator[_Look]:
    """Over the whole run, and since each late start that could tell anything."""
    slowness, spell = tally.slowness, tally.spell
    assert spell is not None
    during = slowness.planned - slowness.planned_before
    is_watched = bool(slowness.starts) and late.is_watched(during * level.share)
    cell = (slowness.alone if spell.is_alone else slowness.cells)[place]
    if cell.slow:
        promise = late.from_beginning(spell.promise, has_started=is_watched)
        yield _alone(tally, level, cell, promise) if spell.is_alone else _together(tally, level, cell, promise)
    if is_watched:
        life = during * late.life(spell.stay_seconds)
        since = (_since(tally, level, start, place, life) for start in slowness.starts)
        yield from (look for look in since if look.slow > look.mean > 0.0)


def _slower(tally: Tally, level: Level, kind: int, look: _Look, *, alpha: float) -> Slower:
    spell, bound = tally.spell, level.worse[kind]
    assert spell is not None and bound is not None
    end = max(spending.PLANNED_MIN, look.planned * level.share)
    early = spending.early(end)
    seen = surprise(look.slow, look.both, look.mean) if look.both else 0.0
    spent = math.log(look.promise) + spending.released(look.mean, end, early)
    bar = spending.threshold(alpha, end, early) + tally.slowness.noise.extra(kind, tally.begun - 1)
    excess = seen + spent - tally.slowness.renewals * math.log(2.0) - bar
    lasting, part = (tally.slowness.lasting[kind] if spell.is_alone else None), alpha * spell.promise
    return Slower(
        level=level,
        worse_by=WORSE_BY[kind],
        bound=bound,
        slow=look.slow + look.left_out,
        left_out=look.left_out,
        requests=look.requests,
        stable_slow=look.stable_slow,
        stable_requests=look.stable_requests,
        excess=excess if lasting is None else min(excess, lasting.excess(part)),
        surprise=seen,
        is_history=spell.is_alone,
        since=look.since,
        more_seconds=missing_seconds(lasting, part) if lasting is not None and excess >= 0.0 else 0.0,
    )


def _together(tally: Tally, level: Level, cell: Cell, promise: float) -> _Look:
    slowness = tally.slowness
    return _Look(
        slow=cell.slow,
        left_out=cell.left_out,
        both=cell.both,
        mean=cell.mean,
        planned=slowness.planned - level.since[0],
        requests=slowness.requests - level.since[0],
        stable_slow=cell.both - cell.slow,
        stable_requests=slowness.stable_requests - level.since[1],
        promise=promise,
    )


def _alone(tally: Tally, level: Level, cell: Cell, promise: float) -> _Look:
    """Against the stable version's history in this run, whose slow requests may have risen by half since.

    A burst that hits everything would look the same, so what is slower there has to last as well.
    """
    history, requests = tally.stable, tally.slowness.alone_requests
    stable_slow = slower(history, level.stable) if level.stable in history.bounds_seconds else 0
    return _against(stable_slow, history.timed, cell, requests, (tally.slowness.planned, promise, None))


def _against(
    stable_slow: int, timed: int, cell: Cell, requests: int, plan: tuple[float, float, float | None]
) -> _Look:
    weight = requests * DRIFT
    part = weight / (weight + timed) if weight else 0.0
    planned, promise, since = plan
    return _Look(
        slow=cell.slow,
        left_out=cell.left_out,
        both=cell.slow + stable_slow,
        mean=(cell.slow + stable_slow) * part,
        planned=planned,
        requests=requests,
        stable_slow=stable_slow,
        stable_requests=timed,
        promise=promise,
        since=since,
    )


def _since(tally: Tally, level: Level, start: Start, place: int, planned: float) -> _Look:
    """What came after a late start."""
    cell = start.cells[place]
    if tally.spell is not None and tally.spell.is_alone:
        history = tally.stable
        stable_slow = slower(history, level.stable) if level.stable in history.bounds_seconds else 0
        return _against(stable_slow, history.timed, cell, start.requests, (planned, start.promise, start.at))
    return _Look(
        slow=cell.slow,
        left_out=cell.left_out,
        both=cell.both,
        mean=cell.mean,
        planned=planned,
        requests=start.requests,
        stable_slow=cell.both - cell.slow,
        stable_requests=start.stable_requests,
        promise=start.promise,
        since=start.at,
    )


def is_no_slower(tally: Tally, *, beta: float) -> bool:
    """Whether the candidate is proven not to be slower by `MARGIN`, at every level up to about the p99.

    The same score with the versions exchanged: were the candidate slower by the margin, at least as large a
    share of its requests would be over the margin's bound as of the stable version's over its own.
    """
    slowness, spell = tally.slowness, tally.spell
    if spell is None or spell.is_alone or not spell.promise:
        return False
    near = [(number, level) for number, level in enumerate(slowness.levels) if level.target >= PROVEN_TARGET_MIN]
    return bool(near) and all(
        _is_no_slower(tally, level, slowness.cells[number * KINDS + KINDS - 1], beta=beta)
        for number, level in near
    )


def _is_no_slower(tally: Tally, level: Level, cell: Cell, *, beta: float) -> bool:
    slow, both, mean = cell.slow - cell.best[0], cell.both - cell.best[1], cell.mean - cell.best[2]
    end = max(spending.PLANNED_MIN, (tally.slowness.planned - level.since[0]) * level.share)
    early = spending.early(end)
    seen = surprise(both - slow, both, both - mean) if both else 0.0
    return seen + spending.released(cell.mean, end, early) >= spending.threshold(beta, end, early)
