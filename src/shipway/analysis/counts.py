"""A number of events that people named, of both versions: the same exact score as for errors, with a margin.

No past is recorded of what people count, so nobody knows how its events cluster. A proof is therefore made of many
blocks of time: one counts no more of the candidate's events than the stable version's make likely.
"""

import math

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import spending
from shipway.analysis.amount import Amount, Pair
from shipway.analysis.bets import FALLS, RISES, log_sum, rate_bet
from shipway.analysis.lasting import BAD, RISE, Lasting, Seen, lasted, missing_seconds
from shipway.analysis.tail import surprise
from shipway.analysis.tally import FORECAST_SECONDS, UNKNOWN_PLANNED, Spell
from shipway.model.metric import Metric
from shipway.model.noise import Noise

BAD_LOOKS_MIN = 2
"""One odd look convicts nobody."""
BURSTS = Noise(sigmas=1.5, block_seconds=10.0)
"""What a block may count. Fewer events than there were can only lower a score, so this costs no false alarm."""
LATE_EVENTS, LATE_SECONDS = 3.0, 60.0
"""A block without any of so many stable events that were due is not over yet: a source may tell of one version's
replicas later than of the other's."""


class Sums(Struct, frozen=True, array_like=True):
    """Events of both versions, reduced to what a score needs."""

    events: float = 0.0
    """The candidate's."""
    total: float = 0.0
    """Both versions'."""
    mean: float = 0.0
    """How many of those a candidate at the margin would have."""

    def and_(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(self.events + other.events, self.total + other.total, self.mean + other.mean)

    @property
    def surprise(self) -> float:
        """Of one look, in nats."""
        return surprise(self.events, self.total, self.mean)


class Both(Struct, frozen=True, array_like=True):
    """Both versions in the same seconds."""

    candidate: Amount = Amount()
    stable: Amount = Amount()
    seconds: float = 0.0

    def and_(self, other: "Both") -> "Both":
        """One after the other."""
        return Both(
            self.candidate.and_(other.candidate), self.stable.and_(other.stable), self.seconds + other.seconds
        )

    def capped(self, weight: float) -> "Both":
        """With as many candidate events as a block counts; the candidate's rate may be `weight` times as high."""
        most = BURSTS.cap(self.candidate.of * weight, self.stable.of, self.stable.value)
        return replace(self, candidate=replace(self.candidate, value=min(self.candidate.value, most)))

    def sums(self, weight: float) -> Sums:
        """By its own division of exposure; nothing where only one version was seen."""
        if not (self.candidate.of and self.stable.of):
            return Sums()
        total = self.candidate.value + self.stable.value
        return Sums(self.candidate.value, total, total * _part(self.candidate.of * weight, self.stable.of))


class Span(Struct, frozen=True, kw_only=True):
    """The stage that is being watched, for one metric."""

    index: int = -1
    promise: float = 0.0
    planned_before: float = 0.0
    """Events that an equal candidate had gathered before the stage."""
    planned: float = UNKNOWN_PLANNED
    is_forecast: bool = False
    is_alone: bool = False
    both: Both = Both()
    """Since the stage began: its division of exposure is their own."""
    open: Both = Both()
    """The block that is being filled, …"""
    counted: Both = Both()
    """… and those that are over, with the events that count."""


class Start(Struct, frozen=True, kw_only=True, array_like=True):
    """An instant from which a bound is tested, with both versions as they were."""

    at: float
    wealth: float
    candidate: Amount
    stable: Amount


class Counts(Struct, frozen=True, kw_only=True):
    """One metric's sums over a run."""

    span: Span = Span()
    begun: int = 0
    closed: Sums = Sums()
    """Of former stages with both versions, …"""
    closed_counted: Sums = Sums()
    """… and of the events in them that count."""
    candidate: Amount = Amount()
    stable: Amount = Amount()
    """Since the run began."""
    bad_looks: int = 0
    lasting: Lasting = Lasting()
    """Of stages without stable traffic: no past is recorded of what people count, so harm has to last there."""
    run: Start | None = None
    stage: Start | None = None

    def starts(self) -> tuple[Start, ...]:
        """Those that are kept."""
        return tuple(start for start in (self.run, self.stage) if start is not None)


def weight_of(metric: Metric) -> float:
    """How much more than an equal version's the candidate's rate may be."""
    return 1.0 + (metric.worse_by or 0.0)


def counted(counts: Counts, metric: Metric, spell: Spell | None, seen: Pair) -> Counts:
    """One look more. Before the candidate has users only the stable version's rate is learnt."""
    if spell is None or not spell.promise:
        return replace(counts, stable=counts.stable.and_(seen.stable))
    if counts.span.index != spell.index:
        counts = _begun(counts, metric, spell, at=seen.at)
    now = Both(seen.candidate, seen.stable, seen.seconds)
    span = replace(counts.span, both=counts.span.both.and_(now), open=counts.span.open.and_(now))
    if _is_full(span.open, counts.stable.rate):
        span = _with_block(span, weight_of(metric))
    counts = replace(
        counts,
        span=span,
        candidate=counts.candidate.and_(seen.candidate),
        stable=counts.stable.and_(seen.stable),
        bad_looks=counts.bad_looks + (seen.candidate.value > 0.0),
        lasting=_lasting(counts, metric, seen) if span.is_alone and counts.stable.of else counts.lasting,
    )
    return _forecast(counts, metric, spell.stay_seconds)


def _is_full(block: Both, stable_rate: float) -> bool:
    """After its time, once both versions were seen. It asks nothing of the candidate's events."""
    if block.seconds < BURSTS.block_seconds or not (block.candidate.of and block.stable.of):
        return False
    is_late = not block.stable.value and block.stable.of * stable_rate >= LATE_EVENTS
    return not is_late or block.seconds >= LATE_SECONDS


def _with_block(span: Span, weight: float) -> Span:
    """What only one version had is let go."""
    if not (span.open.candidate.of and span.open.stable.of):
        return replace(span, open=Both())
    return replace(span, open=Both(), counted=span.counted.and_(span.open.capped(weight)))


def _lasting(counts: Counts, metric: Metric, seen: Pair) -> Lasting:
    exposure, events = seen.candidate.of * weight_of(metric), max(0.0, seen.candidate.value)
    history = (counts.stable.of, counts.stable.value)
    return lasted(counts.lasting, Seen(exposure, events, seen.seconds), history, worst=BAD)


def _begun(counts: Counts, metric: Metric, spell: Spell, *, at: float) -> Counts:
    counts = _closed(counts, metric)
    promise = spending.part_of(min(counts.begun, spell.of - 1), spell.of)
    before = 0.0 if spell.is_alone else counts.closed.mean
    span = Span(index=spell.index, promise=promise, planned_before=before, is_alone=spell.is_alone)
    start = Start(at=at, wealth=0.5 * promise, candidate=counts.candidate, stable=counts.stable)
    run = counts.run or replace(start, wealth=0.5)
    return replace(counts, span=span, begun=counts.begun + 1, run=run, stage=start if counts.run else None)


def _closed(counts: Counts, metric: Metric) -> Counts:
    if counts.span.is_alone:
        return counts
    weight = weight_of(metric)
    return replace(
        counts,
        closed=counts.closed.and_(counts.span.both.sums(weight)),
        closed_counted=counts.closed_counted.and_(_with_block(counts.span, weight).counted.sums(weight)),
    )


def _part(exposure: float, stable_exposure: float) -> float:
    return exposure / (exposure + stable_exposure) if exposure else 0.0


def _forecast(counts: Counts, metric: Metric, stay_seconds: float) -> Counts:
    """Plan the stage from the stable version's rate and the candidate's pace, once, as soon as both are known."""
    span = counts.span
    if span.is_forecast or span.both.seconds < FORECAST_SECONDS or not counts.stable.of:
        return counts
    rate = (counts.stable.value + 0.5) / (counts.stable.of + 1.0) * weight_of(metric)
    planned = rate * span.both.candidate.of / span.both.seconds * stay_seconds
    return replace(counts, span=replace(span, planned=max(spending.PLANNED_MIN, planned), is_forecast=True))


class Compared(Struct, frozen=True, kw_only=True):
    """Both versions' events, as the current stage allows them to be compared."""

    seen: Sums
    """All of them."""
    counted: Sums
    """Those that count."""
    candidate: Amount
    stable: Amount
    is_history: bool

    @property
    def ratio(self) -> float | None:
        """How many times the stable version's rate the candidate's is; none where that had no event."""
        return self.candidate.rate / self.stable.rate if self.stable.rate else None


def compared(counts: Counts, metric: Metric) -> Compared | None:
    """What the current stage allows; none where there is nothing to compare with."""
    span, weight = counts.span, weight_of(metric)
    if not span.promise:
        return None
    if span.is_alone:
        found = Both(span.both.candidate, counts.stable)
        seen = counted = found.sums(weight * RISE)
    else:
        found = Both(counts.candidate, counts.stable)
        seen = counts.closed.and_(span.both.sums(weight))
        counted = counts.closed_counted.and_(span.counted.sums(weight))
    if not (found.candidate.of and found.stable.of):
        return None
    return Compared(
        seen=seen, counted=counted, candidate=found.candidate, stable=found.stable, is_history=span.is_alone
    )


def excess(counts: Counts, found: Compared, alpha: float) -> float:
    """The score less its threshold, in nats: at 0 or more the candidate is proven worse than the margin.

    As `comparison.Comparison.excess`, whose rule this is, with the metric's own forecast and part of the promise.
    """
    score = score_excess(counts, found, alpha)
    if not found.is_history:
        return score
    return min(score, _told(counts).excess(alpha))


def _told(counts: Counts) -> Lasting:
    return replace(counts.lasting, bar=-math.log(counts.span.promise))


def still_to_last(counts: Counts, found: Compared, alpha: float) -> float:
    """How much longer harm must last at 100% to be proven, in seconds; 0 where it need not, or there is none."""
    if not found.is_history or not alpha or score_excess(counts, found, alpha) < 0.0:
        return 0.0
    return missing_seconds(_told(counts), alpha)


def would_be_proof(counts: Counts, found: Compared, alpha: float) -> bool:
    """Whether only what blocks leave out stands between these events and a proof."""
    return bool(found.seen.events) and score_excess(counts, replace(found, counted=found.seen), alpha) >= 0.0


def score_excess(counts: Counts, found: Compared, alpha: float) -> float:
    """The same, as if harm need not last."""
    span = counts.span
    end, early = span.planned_before + span.planned, spending.early(span.planned)
    score = found.counted.surprise + math.log(span.promise) + spending.released(found.counted.mean, end, early)
    return score - spending.threshold(alpha, end, early)


class Broken(Struct, frozen=True, kw_only=True):
    """A bound, proven broken since an instant."""

    since: float
    candidate: Amount
    stable: Amount
    is_stable_sound: bool


def broken(counts: Counts, metric: Metric, *, alpha: float) -> Broken | None:
    """The breach of `at_most` or `at_least`, if the bets since all kept instants are won at 1 / alpha."""
    starts = counts.starts()
    wins = [(_win(counts, start, metric), start) for start in starts]
    if not wins or log_sum(win for win, _ in wins) < math.log(1.0 / alpha):
        return None
    start = max(wins, key=lambda win: win[0])[1]
    stable = counts.stable if counts.span.is_alone else counts.stable.less(start.stable)
    candidate = counts.candidate.less(start.candidate)
    return Broken(since=start.at, candidate=candidate, stable=stable, is_stable_sound=not _is_out(stable, metric))


def _is_out(amount: Amount, metric: Metric) -> bool:
    """Whether a rate is outside of the bounds; an unknown one is not."""
    if not amount.of:
        return False
    over = metric.at_most is not None and amount.rate > metric.at_most
    return over or (metric.at_least is not None and amount.rate < metric.at_least)


def _win(counts: Counts, start: Start, metric: Metric) -> float:
    since = counts.candidate.less(start.candidate)
    if not _is_out(since, metric):
        return -math.inf
    over = metric.at_most is not None and since.rate > metric.at_most
    bound, odds = (metric.at_most, RISES) if over else (metric.at_least, FALLS)
    sides = (metric.at_most is not None) + (metric.at_least is not None)
    return math.log(start.wealth / sides) + rate_bet(since.value, since.of, bound=bound or 0.0, odds=odds)
