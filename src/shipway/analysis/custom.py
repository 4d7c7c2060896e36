"""What the guard knows of each metric that people defined, and what that says: one verdict a metric.

A metric that has no value is blind, by name and by itself: that is never harm, and never health.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import counts as counting
from shipway.analysis import custom_proven
from shipway.analysis import custom_words as words
from shipway.analysis import levels as levelling
from shipway.analysis.amount import Amount, Pair, growth
from shipway.analysis.counts import Counts
from shipway.analysis.latency_verdict import BETA
from shipway.analysis.levels import BLOCKS_MIN, Levels
from shipway.analysis.tally import Spell
from shipway.model.metric import Metric, Reading
from shipway.model.verdict import Kind, Severity, Verdict

SUSPICIOUS = 0.1
"""A look that a candidate within its margin gives this rarely is no harm, but not health either."""
EVENT_MIN = 0.5
"""A source may extrapolate: more than half an event is one."""
Arm = str
CANDIDATE, STABLE = "candidate", "stable"


class Watch(Struct, frozen=True, kw_only=True):
    """One metric's evidence: small, and kept in the checkpoint."""

    at: float | None = None
    """Of the look before."""
    before: Mapping[Arm, Reading] = {}
    absent: tuple[Arm, ...] = ()
    """Versions that an answer had no value for: what appears later began at zero."""
    pending: Mapping[Arm, float] = {}
    """Requests of looks in which the metric could not be seen: its next growth is theirs too."""
    trouble: str = ""
    """Why the last look saw nothing."""
    trouble_since: float | None = None
    counts: Counts = Counts()
    levels: Levels = Levels()
    event_at: float | None = None
    """When the candidate's first event of a metric with `critical: any` was seen, …"""
    event_value: float = 0.0
    events: float = 0.0
    is_confirmed: bool = False
    """… and whether the next look saw it too."""
    first_bad_at: float | None = None


class Look(Struct, frozen=True, kw_only=True):
    """What both versions showed at one instant."""

    at: float
    readings: Mapping[Arm, Reading] = {}
    requests: Mapping[Arm, float] = {}
    """Of both since the look before; what events are a part of, where the metric names nothing else."""


def unseen(watch: Watch, reason: str, look: Look) -> Watch:
    """The source did not answer: nothing is known, and what was known stays."""
    return replace(_troubled(watch, reason, at=look.at), pending=_requests(watch, look))


def _requests(watch: Watch, look: Look) -> dict[Arm, float]:
    arms = {*watch.pending, *look.requests}
    return {arm: watch.pending.get(arm, 0.0) + look.requests.get(arm, 0.0) for arm in arms}


def _troubled(watch: Watch, reason: str, *, at: float) -> Watch:
    since = at if watch.trouble_since is None else watch.trouble_since
    return replace(watch, trouble=reason, trouble_since=since)


def absorb(watch: Watch, metric: Metric, spell: Spell | None, look: Look) -> Watch:
    """Add one look; each once and in order."""
    missing = tuple(arm for arm in (CANDIDATE, STABLE) if arm not in look.readings)
    look = replace(look, requests=_requests(watch, look))
    watch = _complete(watch, metric, missing, spell, at=look.at)
    seen = Pair(
        at=look.at,
        seconds=0.0 if watch.at is None else max(0.0, look.at - watch.at),
        candidate=_grown(watch, metric, CANDIDATE, look),
        stable=_grown(watch, metric, STABLE, look),
    )
    watch = _absorbed(watch, metric, spell, seen)
    if metric.any_is_critical:
        watch = _events(watch, seen.candidate, look)
    before = {**watch.before, **look.readings}
    return replace(watch, at=look.at, before=before, absent=missing, pending={})


def _complete(watch: Watch, metric: Metric, missing: tuple[Arm, ...], spell: Spell | None, *, at: float) -> Watch:
    """A count without a value had no event yet; a level or a part without one cannot be seen."""
    is_expected = spell is not None and spell.promise > 0.0
    if is_expected and CANDIDATE in missing and (metric.is_level or metric.of):
        return _troubled(watch, "it has no value for the candidate", at=at)
    return replace(watch, trouble="", trouble_since=None)


def _grown(watch: Watch, metric: Metric, arm: Arm, look: Look) -> Amount:
    """What an arm's metric counted since the look before; of a level, the look itself."""
    reading, before = look.readings.get(arm), watch.before.get(arm)
    requests = look.requests.get(arm, 0.0)
    if metric.is_level and not metric.is_cost:
        return Amount(_level(reading), 1.0) if reading is not None else Amount()
    if reading is None:
        return Amount(0.0, requests) if not metric.of and not metric.is_cost else Amount()
    if before is None:
        return growth(_zero(reading), reading, requests=requests) if arm in watch.absent else Amount()
    return growth(before, reading, requests=requests)


def _level(reading: Reading) -> float:
    return reading.value / reading.of if reading.of else reading.value


def _zero(reading: Reading) -> Reading:
    return replace(reading, value=0.0, of=None if reading.of is None else 0.0)


def _absorbed(watch: Watch, metric: Metric, spell: Spell | None, seen: Pair) -> Watch:
    if metric.is_level:
        return replace(watch, levels=levelling.levelled(watch.levels, metric, spell, seen))
    is_first = watch.first_bad_at is None and seen.candidate.value > 0.0
    return replace(
        watch,
        counts=counting.counted(watch.counts, metric, spell, seen),
        first_bad_at=seen.at if is_first else watch.first_bad_at,
    )


def _events(watch: Watch, grown: Amount, look: Look) -> Watch:
    """An event counts once the next look still shows it; one that is taken back again was none."""
    reading = look.readings.get(CANDIDATE)
    if reading is None or watch.is_confirmed:
        return replace(watch, events=watch.events + grown.value)
    if watch.event_at is not None:
        is_there = reading.value >= watch.event_value
        return replace(
            watch,
            is_confirmed=is_there,
            event_at=watch.event_at if is_there else None,
            events=watch.events + grown.value if is_there else 0.0,
        )
    if grown.value < EVENT_MIN:
        return watch
    return replace(watch, event_at=look.at, event_value=reading.value, events=grown.value)


def judge(watch: Watch, metric: Metric, *, alpha: float, now: float) -> Verdict:
    """The verdict on one metric. Each of its `tests` may be wrong with probability `alpha` over the run."""
    harm = _harm(watch, metric, alpha, now)
    if harm is not None:
        return harm
    if watch.trouble:
        seconds = now - (now if watch.trouble_since is None else watch.trouble_since)
        return Verdict(kind=Kind.BLIND, sentence=words.blind(metric, watch.trouble, seconds=seconds))
    doubt = _doubt(watch, metric, alpha)
    if doubt:
        return Verdict(kind=Kind.NOT_ENOUGH, sentence=doubt)
    return Verdict(kind=Kind.HEALTHY, sentence=_unharmed(watch, metric), is_proven=_is_proven(watch, metric))


def _harm(watch: Watch, metric: Metric, alpha: float, now: float) -> Verdict | None:
    if metric.any_is_critical:
        return _critical(watch, metric) if watch.is_confirmed else None
    sentence = (
        _level_harm(watch.levels, metric, alpha) if metric.is_level else _count_harm(watch, metric, alpha, now)
    )
    if not sentence:
        return None
    return Verdict(kind=Kind.HARMFUL, severity=metric.severity, sentence=sentence, first_bad_at=watch.first_bad_at)


def _critical(watch: Watch, metric: Metric) -> Verdict:
    return Verdict(
        kind=Kind.HARMFUL,
        severity=Severity.CRITICAL,
        sentence=words.happened(metric, watch.events),
        first_bad_at=watch.event_at,
    )


def _count_harm(watch: Watch, metric: Metric, alpha: float, now: float) -> str:
    """The sentence of a proof; empty without one."""
    if watch.counts.bad_looks < counting.BAD_LOOKS_MIN and metric.at_least is None:
        return ""
    found = counting.compared(watch.counts, metric) if metric.worse_by is not None else None
    if found is not None and found.seen.events > 0.0:
        beyond = counting.excess(watch.counts, found, alpha)
        if beyond >= 0.0:
            return words.worse(metric, found, excess=beyond, alpha=alpha)
    breach = counting.broken(watch.counts, metric, alpha=alpha) if alpha else None
    return words.broken(metric, breach, now=now) if breach is not None and breach.is_stable_sound else ""


def _level_harm(levels: Levels, metric: Metric, alpha: float) -> str:
    if not alpha or levels.last_candidate is None:
        return ""
    if metric.worse_by is not None and levelling.worse_excess(levels, alpha) >= 0.0:
        return words.higher(metric, levels)
    if levelling.out_excess(levels, alpha) < 0.0 or _is_stable_out(levels):
        return ""
    return words.out(metric, levels)


def _is_stable_out(levels: Levels) -> bool:
    return levels.stable_blocks > 0 and 2 * levels.stable_out > levels.stable_blocks


def _doubt(watch: Watch, metric: Metric, alpha: float) -> str:
    """What speaks against health without being proof of harm."""
    if metric.any_is_critical:
        return words.unconfirmed(metric) if watch.event_at is not None else ""
    if metric.is_level:
        return _level_doubt(watch.levels, metric)
    breach = counting.broken(watch.counts, metric, alpha=SUSPICIOUS)
    if breach is not None:
        return words.suspected(metric) if breach.is_stable_sound else words.both(metric)
    found = counting.compared(watch.counts, metric)
    if found is not None and metric.worse_by is not None and found.seen.surprise >= words.nats(SUSPICIOUS):
        return _count_doubt(watch.counts, found, metric, alpha)
    return "" if watch.counts.candidate.of or metric.worse_by is None else words.nothing_yet(metric)


def _count_doubt(counts: Counts, found: counting.Compared, metric: Metric, alpha: float) -> str:
    more = counting.still_to_last(counts, found, alpha) if found.seen.events else 0.0
    if more:
        return words.has_to_last(metric, seconds=more)
    is_short = bool(alpha) and counting.would_be_proof(counts, found, alpha)
    return words.worse_by_now(metric, found, is_short=is_short)


def _level_doubt(levels: Levels, metric: Metric) -> str:
    if levels.signs.blocks < BLOCKS_MIN:
        return words.few_blocks(metric, levels)
    if levelling.out_excess(levels, SUSPICIOUS) >= 0.0:
        return words.both(metric) if _is_stable_out(levels) else words.suspected(metric)
    return words.suspected(metric) if levelling.worse_excess(levels, SUSPICIOUS) >= 0.0 else ""


def _is_proven(watch: Watch, metric: Metric) -> bool:
    """What must not happen even once is as good as proven while it has not."""
    if metric.any_is_critical:
        return True
    if metric.is_level:
        return custom_proven.levels_are(watch.levels, metric, beta=BETA)
    return custom_proven.counts_are(watch.counts, metric, beta=BETA)


def _unharmed(watch: Watch, metric: Metric) -> str:
    if metric.any_is_critical:
        return words.none_happened(metric)
    return words.level(metric, watch.levels) if metric.is_level else words.count(metric, watch.counts)
