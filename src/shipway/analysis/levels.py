"""A level that people named, such as bytes of memory: blocks of time are compared, and a bet is kept on them."""

import math
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import spending
from shipway.analysis.amount import Amount, Pair
from shipway.analysis.bets import log_sum, sign_bet
from shipway.analysis.tally import HISTORY_DRIFT, Spell
from shipway.model.metric import Metric

BLOCK_SECONDS = 10.0
"""One block is one sign: neighbouring looks at a level are much alike, and count as one."""
BLOCKS_MIN = 3
"""Nothing is called unharmed on fewer."""


class Signs(Struct, frozen=True, array_like=True):
    """Blocks, and in how many of them the candidate was bad."""

    blocks: int = 0
    worse: int = 0
    """Above the margin over the stable version."""
    compared: int = 0
    out: int = 0
    """Outside of the bounds."""


class Start(Struct, frozen=True, array_like=True):
    """An instant from which the bets run."""

    at: float
    wealth: float
    signs: Signs


class Levels(Struct, frozen=True, kw_only=True):
    """One metric's blocks over a run."""

    index: int = -1
    begun: int = 0
    block_at: float | None = None
    open_candidate: Amount = Amount()
    open_stable: Amount = Amount()
    """Of the block that is not full yet: sums of looks, and their number."""
    signs: Signs = Signs()
    stable_blocks: int = 0
    stable_out: int = 0
    last_candidate: float | None = None
    last_stable: float | None = None
    """Means of the last full block."""
    stable: Amount = Amount()
    """Sum and number of the stable version's block means: its history."""
    run: Start | None = None
    stage: Start | None = None

    def starts(self) -> tuple[Start, ...]:
        """Those that are kept."""
        return tuple(start for start in (self.run, self.stage) if start is not None)


def levelled(levels: Levels, metric: Metric, spell: Spell | None, seen: Pair) -> Levels:
    """One look more."""
    if spell is not None and spell.promise and levels.index != spell.index:
        levels = _begun(levels, spell, at=seen.at)
    begun = seen.at if levels.block_at is None else levels.block_at
    levels = replace(
        levels,
        block_at=begun,
        open_candidate=levels.open_candidate.and_(seen.candidate),
        open_stable=levels.open_stable.and_(seen.stable),
    )
    return _closed(levels, metric, spell, at=seen.at) if seen.at - begun >= BLOCK_SECONDS else levels


def _begun(levels: Levels, spell: Spell, *, at: float) -> Levels:
    """Half of the promise is bet from the run's start, half from the stages'. A block never spans two stages."""
    promise = spending.part_of(min(levels.begun, spell.of - 1), spell.of)
    start = Start(at, 0.5 * promise, levels.signs)
    return replace(
        levels,
        index=spell.index,
        begun=levels.begun + 1,
        run=levels.run or replace(start, wealth=0.5),
        stage=start if levels.run else None,
        block_at=None,
        open_candidate=Amount(),
        open_stable=Amount(),
    )


def _closed(levels: Levels, metric: Metric, spell: Spell | None, *, at: float) -> Levels:
    """The block's signs; a version without a value in it gives none."""
    candidate, stable = _mean(levels.open_candidate), _mean(levels.open_stable)
    is_alone = spell is not None and spell.is_alone
    base = levels.stable.rate * HISTORY_DRIFT if is_alone and levels.stable.of else None if is_alone else stable
    is_begun = levels.index >= 0
    return replace(
        levels,
        block_at=at,
        open_candidate=Amount(),
        open_stable=Amount(),
        signs=_signs(levels.signs, metric, candidate, base)
        if is_begun and candidate is not None
        else levels.signs,
        stable_blocks=levels.stable_blocks + (stable is not None),
        stable_out=levels.stable_out + (stable is not None and is_out(stable, metric)),
        last_candidate=candidate if candidate is not None else levels.last_candidate,
        last_stable=stable if stable is not None else levels.last_stable,
        stable=levels.stable if stable is None or is_alone else levels.stable.and_(Amount(stable, 1.0)),
    )


def _mean(amount: Amount) -> float | None:
    return amount.rate if amount.of else None


def _signs(signs: Signs, metric: Metric, candidate: float, base: float | None) -> Signs:
    is_compared = base is not None and metric.worse_by is not None
    is_worse = base is not None and candidate > base * (1.0 + (metric.worse_by or 0.0))
    return Signs(
        signs.blocks + 1,
        signs.worse + (is_compared and is_worse),
        signs.compared + is_compared,
        signs.out + is_out(candidate, metric),
    )


def is_out(value: float, metric: Metric) -> bool:
    """Whether a value is outside of the bounds."""
    over = metric.at_most is not None and value > metric.at_most
    return over or (metric.at_least is not None and value < metric.at_least)


def worse_excess(levels: Levels, alpha: float) -> float:
    """How far the bets on "above the margin" are beyond 1 / alpha, in nats."""
    return _won(levels, lambda seen: sign_bet(seen.worse, seen.compared)) + math.log(alpha)


def out_excess(levels: Levels, alpha: float) -> float:
    """The same for "outside of the bounds"."""
    return _won(levels, lambda seen: sign_bet(seen.out, seen.blocks)) + math.log(alpha)


def _won(levels: Levels, bet: Callable[[Signs], float]) -> float:
    return log_sum(math.log(start.wealth) + bet(since(start.signs, levels.signs)) for start in levels.starts())


def since(before: Signs, now: Signs) -> Signs:
    """What came between two instants."""
    return Signs(
        now.blocks - before.blocks,
        now.worse - before.worse,
        now.compared - before.compared,
        now.out - before.out,
    )
