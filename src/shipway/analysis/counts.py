"""A number of events that people named, of both versions: the same exact score as for errors, with a margin."""

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

BAD_LOOKS_MIN = 2
"""One odd look convicts nobody."""


class Span(Struct, frozen=True, kw_only=True):
    """The stage that is being watched, for one metric."""

    index: int = -1
    promise: float = 0.0
    seconds: float = 0.0
    planned_before: float = 0.0
    """Events that an equal candidate had gathered before the stage."""
    planned: float = UNKNOWN_PLANNED
    is_forecast: bool = False
    is_alone: bool = False
    candidate: Amount = Amount()
    stable: Amount = Amount()
    """Of both since the stage began: its division of exposure is their own."""


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
    closed_events: float = 0.0
    """The candidate's in former stages with both versions."""
    closed_total: float = 0.0
    """Both versions' there."""
    closed_mean: float = 0.0
    """How many of those a candidate at the margin would have."""
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
    span = replace(
        counts.span,
        seconds=counts.span.seconds + seen.seconds,
        candidate=counts.span.candidate.and_(seen.candidate),
        stable=counts.span.stable.and_(seen.stable),
    )
    counts = replace(
        counts,
        span=span,
        candidate=counts.candidate.and_(seen.candidate),
        stable=counts.stable.and_(seen.stable),
        bad_looks=counts.bad_looks + (seen.candidate.value > 0.0),
        lasting=_lasting(counts, metric, seen) if span.is_alone and counts.stable.of else counts.lasting,
    )
    return _forecast(counts, metric, spell.stay_seconds)


def _lasting(counts: Counts, metric: Metric, seen: Pair) -> Lasting:
    exposure, events = seen.candidate.of * weight_of(metric), max(0.0, seen.candidate.value)
    history = (counts.stable.of, counts.stable.value)
    return lasted(counts.lasting, Seen(exposure, events, seen.seconds), history, worst=BAD)


def _begun(counts: Counts, metric: Metric, spell: Spell, *, at: float) -> Counts:
    counts = _closed(counts, metric)
    promise = spending.part_of(min(counts.begun, spell.of - 1), spell.of)
    before = 0.0 if spell.is_alone else counts.closed_mean
    span = Span(index=spell.index, promise=promise, planned_before=before, is_alone=spell.is_alone)
    start = Start(at=at, wealth=0.5 * promise, candidate=counts.candidate, stable=counts.stable)
    run = counts.run or replace(start, wealth=0.5)
    return replace(counts, span=span, begun=counts.begun + 1, run=run, stage=start if counts.run else None)


def _closed(counts: Counts, metric: Metric) -> Counts:
    span = counts.span
    if span.is_alone or not (span.candidate.of and span.stable.of):
        return counts
    total = span.candidate.value + span.stable.value
    return replace(
        counts,
        closed_events=counts.closed_events + span.candidate.value,
        closed_total=counts.closed_total + total,
        closed_mean=counts.closed_mean + total * _part(span.candidate.of * weight_of(metric), span.stable.of),
    )


def _part(exposure: float, stable_exposure: float) -> float:
    return exposure / (exposure + stable_exposure) if exposure else 0.0


def _forecast(counts: Counts, metric: Metric, stay_seconds: float) -> Counts:
    """Plan the stage from the stable version's rate and the candidate's pace, once, as soon as both are known."""
    span = counts.span
    if span.is_forecast or span.seconds < FORECAST_SECONDS or not counts.stable.of:
        return counts
    rate = (counts.stable.value + 0.5) / (counts.stable.of + 1.0) * weight_of(metric)
    planned = rate * span.candidate.of / span.seconds * stay_seconds
    return replace(counts, span=replace(span, planned=max(spending.PLANNED_MIN, planned), is_forecast=True))


class Compared(Struct, frozen=True, kw_only=True):
    """Both versions' events, reduced to what the score needs."""

    events: float
    total: float
    mean: float
    candidate: Amount
    stable: Amount
    is_history: bool

    @property
    def surprise(self) -> float:
        """Of one look, in nats."""
        return surprise(self.events, self.total, self.mean)

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
        total = span.candidate.value + counts.stable.value
        part = _part(span.candidate.of * weight * RISE, counts.stable.of)
        found = Compared(
            events=span.candidate.value,
            total=total,
            mean=total * part,
            candidate=span.candidate,
            stable=counts.stable,
            is_history=True,
        )
        return found if found.candidate.of and found.stable.of else None
    closed = _closed(counts, metric)
    return (
        Compared(
            events=closed.closed_events,
            total=closed.closed_total,
            mean=closed.closed_mean,
            candidate=counts.candidate,
            stable=counts.stable,
            is_history=False,
        )
        if closed.closed_mean or closed.closed_total or (span.candidate.of and span.stable.of)
        else None
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


def score_excess(counts: Counts, found: Compared, alpha: float) -> float:
    """The same, as if harm need not last."""
    span = counts.span
    end, early = span.planned_before + span.planned, spending.early(span.planned)
    score = found.surprise + math.log(span.promise) + spending.released(found.mean, end, early)
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
