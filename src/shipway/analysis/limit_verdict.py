"""What an absolute limit says, as a verdict with its sentence."""

import math

from shipway.analysis import words
from shipway.analysis.comparison import BAD_SCRAPES_MIN
from shipway.analysis.limits import Breach, Counted, Limit, breach_of
from shipway.analysis.tally import Tally
from shipway.model.verdict import Kind, Severity, Verdict

ALLOWED_SEEN = 10.0
"""Where limits are all there is to judge by: healthy once the limit would have allowed this many bad answers."""
SUSPICIOUS = 0.1
"""A look that a candidate at its limit gives this rarely is no breach, but not health either."""


def verdict_of_limit(limit: Limit, tally: Tally, *, alpha: float, now: float) -> Verdict | None:
    """Harm, where the candidate alone is proven to break it; what stands in the way of health; or nothing."""
    breach = _breach(limit, tally, alpha=alpha)
    if breach is not None and breach.is_stable_sound:
        return _broken(breach, tally, now)
    if breach is not None:
        return _not_enough(words.both_broken(breach, now=now))
    if not limit.can_be_seen:
        return _not_enough(words.unseen(limit, tally.candidate))
    over = _over(limit, tally)
    return None if over is None else _not_enough(words.over(limit, over))


def _breach(limit: Limit, tally: Tally, *, alpha: float) -> Breach | None:
    if limit.name == "errors" and tally.bad_scrapes < BAD_SCRAPES_MIN:
        return None
    return breach_of(limit, tally, alpha=alpha)


def _broken(breach: Breach, tally: Tally, now: float) -> Verdict:
    first = tally.first_bad_at if breach.limit.name == "errors" else breach.since
    sentence = words.broken(breach, seconds=now - breach.since)
    return Verdict(kind=Kind.HARMFUL, severity=Severity.CRITICAL, sentence=sentence, first_bad_at=first)


def _over(limit: Limit, tally: Tally) -> Counted | None:
    """What makes a limit look broken: all of the run, or what was seen since one of the later instants."""
    counted = limit.count(tally.candidate)
    if counted.share > limit.allowed:
        return counted
    hint = breach_of(limit, tally, alpha=SUSPICIOUS)
    return hint.candidate if hint else None


def health_by_limits(tally: Tally, limits: tuple[Limit, ...]) -> Verdict:
    """Nothing to compare with: only the limits can speak for the candidate."""
    counted = [(limit, limit.count(tally.candidate)) for limit in limits]
    if not counted:
        return _not_enough(words.nothing_to_compare())
    few = next(((limit, count) for limit, count in counted if count.requests * limit.allowed < ALLOWED_SEEN), None)
    if few is not None:
        return _not_enough(words.too_few_for_limit(*few, needed=math.ceil(ALLOWED_SEEN / few[0].allowed)))
    return Verdict(kind=Kind.HEALTHY, sentence=words.within_limits(counted))


def _not_enough(sentence: str) -> Verdict:
    return Verdict(kind=Kind.NOT_ENOUGH, sentence=sentence)
