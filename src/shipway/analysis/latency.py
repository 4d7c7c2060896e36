"""Is the candidate slower than the stable version, and by how much? The exact score of `tail` at each level."""

import math

from msgspec import Struct

from shipway.analysis import spending
from shipway.analysis.bounds import TARGETS, WORSE_BY, Level, slower
from shipway.analysis.slowness import KINDS, Cell
from shipway.analysis.tail import surprise
from shipway.analysis.tally import HISTORY_DRIFT, Tally

PROVEN_TARGET_MIN = 0.008
"""Latency is proven to be no worse up to the level next to the 99th percentile; beyond it is too rare."""


class Slower(Struct, frozen=True, kw_only=True):
    """The candidate at one level, compared by one of `WORSE_BY`."""

    level: Level
    worse_by: float
    bound: float
    """The candidate's, in seconds."""
    slow: int
    requests: int
    stable_slow: int
    stable_requests: int
    excess: float
    """The score less its threshold, in nats: at 0 or more it is proven."""
    surprise: float
    """Of one look."""
    is_history: bool


def slower_at(tally: Tally, *, alpha: float) -> list[Slower]:
    """Every comparison that the current stage allows, those by the most first."""
    slowness, spell = tally.slowness, tally.spell
    if spell is None or not spell.promise or not alpha:
        return []
    is_alone = spell.is_alone
    cells = slowness.alone if is_alone else slowness.cells
    found = []
    for kind in reversed(range(len(WORSE_BY))):
        for number, level in enumerate(slowness.levels):
            bound, cell = level.worse[kind], cells[number * KINDS + kind]
            if bound is not None and cell.slow:
                found.append(_slower(tally, level, kind, cell, alpha=alpha / len(TARGETS)))
    return found


def _slower(tally: Tally, level: Level, kind: int, cell: Cell, *, alpha: float) -> Slower:
    spell, bound = tally.spell, level.worse[kind]
    assert spell is not None and bound is not None
    side = _alone(tally, level, cell) if spell.is_alone else _together(tally, level, cell)
    end = max(spending.PLANNED_MIN, side.planned * level.share)
    early = spending.early(end)
    seen = surprise(side.slow, side.both, side.mean) if side.both else 0.0
    spent = math.log(spell.promise) + spending.released(side.expected, end, early)
    renewed = tally.slowness.renewals * math.log(2.0)
    return Slower(
        level=level,
        worse_by=WORSE_BY[kind],
        bound=bound,
        slow=cell.slow,
        requests=side.requests,
        stable_slow=side.stable_slow,
        stable_requests=side.stable_requests,
        excess=seen + spent - renewed - spending.threshold(alpha, end, early),
        surprise=seen,
        is_history=spell.is_alone,
    )


class _Side(Struct, frozen=True, kw_only=True):
    """What the score needs: one block that spoke most against the candidate is left out of it."""

    slow: int
    both: int
    mean: float
    expected: float
    planned: float
    requests: int
    stable_slow: int
    stable_requests: int


def _together(tally: Tally, level: Level, cell: Cell) -> _Side:
    slowness = tally.slowness
    slow, both, mean = cell.worst
    return _Side(
        slow=cell.slow - slow,
        both=cell.both - both,
        mean=cell.mean - mean,
        expected=cell.mean,
        planned=slowness.planned - level.since[0],
        requests=slowness.requests - level.since[0],
        stable_slow=cell.both - cell.slow,
        stable_requests=slowness.stable_requests - level.since[1],
    )


def _alone(tally: Tally, level: Level, cell: Cell) -> _Side:
    """Against the stable version's history in this run, whose slow requests may have risen by half since."""
    history, requests = tally.stable, tally.slowness.alone_requests
    stable_slow = slower(history, level.stable) if level.stable in history.bounds_seconds else 0
    weight = requests * HISTORY_DRIFT
    part = weight / (weight + history.timed) if weight else 0.0
    slow = cell.slow - cell.worst[0]
    return _Side(
        slow=slow,
        both=slow + stable_slow,
        mean=(slow + stable_slow) * part,
        expected=(cell.slow + stable_slow) * part,
        planned=tally.slowness.planned,
        requests=requests,
        stable_slow=stable_slow,
        stable_requests=history.timed,
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
