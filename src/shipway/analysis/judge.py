"""What the evidence says: one verdict, with one sentence."""

import math

from shipway.analysis import words
from shipway.analysis.comparison import BAD_SCRAPES_MIN, Comparison, comparison_of
from shipway.analysis.limits import Breach, Counted, Limit, breach_of, limits_of
from shipway.analysis.tally import HISTORY_DRIFT, Tally
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict

CRITICAL_RATIO, HIGH_RATIO, MEDIUM_RATIO = 5.0, 2.0, 1.5
"""Severity by the estimated ratio of error rates."""
EXCESS_RATE_MIN, EXCESS_ERRORS_MIN = 0.0005, 5.0
"""A proven difference below both, as a share of requests and as a count, is never more than low."""
REQUESTS_MIN = 100
"""Nothing is called healthy on fewer candidate requests."""
REGRESSION = 5.0
"""Healthy means that a candidate failing this many times as often would have been taken back by now, …"""
NOTICEABLE = 0.05
"""… or one failing this share of its requests, whichever is more, …"""
SURE = 0.95
"""… with this probability."""
ALLOWED_SEEN = 10.0
"""Where limits are all there is to judge by: healthy once the limit would have allowed this many bad answers."""
SUSPICIOUS = 0.1
"""A look that an equal candidate gives this rarely is no harm, but not health either."""


def blind(reason: str) -> Verdict:
    """The metrics did not answer: nothing is known, neither harm nor health. `reason` says what failed."""
    return Verdict(kind=Kind.BLIND, sentence=f"the guard sees nothing: {reason}")


def judge(tally: Tally, guard: Guard, *, now: float) -> Verdict:
    """The verdict on the candidate at `now`, epoch seconds. Looking often costs nothing.

    Harmful: proven, with all wrong convictions of a run together at most `guard.false_rollback`, if the
    candidate equals the stable version and errors come independently; its severity follows the estimated
    size. Healthy: no sign of harm, and enough was seen that a candidate failing `REGRESSION` times as
    often as the stable version (or `NOTICEABLE` of its requests, if that is more) would have been convicted
    by now with probability `SURE`. It does not say that the candidate is no worse: a smaller harm may be
    there. All between is not enough evidence, and says what is missing.
    """
    if tally.began_at is None or not tally.epochs.all():
        return _not_enough("no request has reached the candidate yet")
    limits, comparison = limits_of(guard, tally), comparison_of(tally)
    alphas = _alphas(guard, limits)
    breaches = [breach for limit in limits if (breach := _breach(limit, tally, alpha=alphas[1]))]
    harm = [_broken(breach, tally, now) for breach in breaches if breach.is_stable_sound]
    if comparison is not None and _is_worse(comparison, tally, alphas[0]):
        harm.insert(0, _worse(comparison, tally, alpha=alphas[0], now=now))
    if harm:
        return min(harm, key=lambda verdict: _order(verdict.severity))
    if breaches:
        return _not_enough(words.both_broken(breaches[0], now=now))
    return _unharmed(tally, limits, comparison, alpha=alphas[0])


def _alphas(guard: Guard, limits: tuple[Limit, ...]) -> tuple[float, float]:
    """The promise, divided between the comparison and each limit."""
    if not limits:
        return guard.false_rollback, 0.0
    return guard.false_rollback / 2, guard.false_rollback / 2 / len(limits)


def _breach(limit: Limit, tally: Tally, *, alpha: float) -> Breach | None:
    if limit.name == "errors" and tally.bad_scrapes < BAD_SCRAPES_MIN:
        return None
    return breach_of(limit, tally, alpha=alpha)


def _is_worse(comparison: Comparison, tally: Tally, alpha: float) -> bool:
    return tally.bad_scrapes >= BAD_SCRAPES_MIN and comparison.errors > 0 and comparison.excess(alpha) >= 0.0


def _worse(comparison: Comparison, tally: Tally, *, alpha: float, now: float) -> Verdict:
    ratio, began_at = comparison.ratio, now if tally.began_at is None else tally.began_at
    rarity = math.exp(min(comparison.excess(alpha), 600.0)) / alpha
    return Verdict(
        kind=Kind.HARMFUL,
        severity=_severity(ratio, comparison),
        sentence=words.worse(comparison, ratio=ratio, rarity=rarity, seconds=now - began_at),
        first_bad_at=tally.first_bad_at,
    )


def _severity(ratio: float, comparison: Comparison) -> Severity:
    """By size; against history only by what its allowed rise does not explain."""
    ratio = ratio / HISTORY_DRIFT if comparison.is_history else ratio
    excess = comparison.errors * (1.0 - 1.0 / ratio)
    if excess < EXCESS_ERRORS_MIN and excess / comparison.requests < EXCESS_RATE_MIN:
        return Severity.LOW
    if ratio >= CRITICAL_RATIO:
        return Severity.CRITICAL
    if ratio >= HIGH_RATIO:
        return Severity.HIGH
    return Severity.MEDIUM if ratio >= MEDIUM_RATIO else Severity.LOW


def _broken(breach: Breach, tally: Tally, now: float) -> Verdict:
    first = tally.first_bad_at if breach.limit.name == "errors" else breach.since
    sentence = words.broken(breach, seconds=now - breach.since)
    return Verdict(kind=Kind.HARMFUL, severity=Severity.CRITICAL, sentence=sentence, first_bad_at=first)


def _order(severity: Severity | None) -> int:
    return list(Severity).index(severity) if severity else len(Severity)


def _unharmed(tally: Tally, limits: tuple[Limit, ...], comparison: Comparison | None, *, alpha: float) -> Verdict:
    """Healthy, or what is missing for it."""
    doubt = _doubt(tally, limits, comparison)
    if doubt:
        return _not_enough(doubt)
    if comparison is None:
        return _by_limits(tally, limits)
    noticed = _noticed_share(comparison, alpha)
    base = (comparison.stable_errors + 0.5) / (comparison.stable_requests + 1.0)
    if comparison.requests < REQUESTS_MIN or noticed > max(REGRESSION * base, NOTICEABLE):
        return _not_enough(words.too_few(comparison, noticed=noticed))
    return Verdict(kind=Kind.HEALTHY, sentence=words.unharmed(comparison, noticed=noticed))


def _doubt(tally: Tally, limits: tuple[Limit, ...], comparison: Comparison | None) -> str:
    """What speaks against health without being proof of harm."""
    unseen = next((limit for limit in limits if not limit.can_be_seen), None)
    if unseen is not None:
        return words.unseen(unseen, tally.candidate)
    for limit in limits:
        over = _over(limit, tally)
        if over is not None:
            return words.over(limit, over)
    if comparison is not None and _is_suspicious(comparison):
        return words.suspicious(comparison)
    return ""


def _is_suspicious(comparison: Comparison) -> bool:
    """Surprising, and perhaps as large as medium harm: a rise that is surely small holds nobody up."""
    return comparison.surprise >= -math.log(SUSPICIOUS) and comparison.ratio_at_most >= MEDIUM_RATIO


def _over(limit: Limit, tally: Tally) -> Counted | None:
    """What makes a limit look broken: all of the run, or what was seen since one of the later instants."""
    counted = limit.count(tally.candidate)
    if counted.share > limit.allowed:
        return counted
    hint = breach_of(limit, tally, alpha=SUSPICIOUS)
    return hint.candidate if hint else None


def _by_limits(tally: Tally, limits: tuple[Limit, ...]) -> Verdict:
    """Nothing to compare with: only the limits can speak for the candidate."""
    counted = [(limit, limit.count(tally.candidate)) for limit in limits]
    if not counted:
        return _not_enough(words.nothing_to_compare())
    few = next(((limit, count) for limit, count in counted if count.requests * limit.allowed < ALLOWED_SEEN), None)
    if few is not None:
        return _not_enough(words.too_few_for_limit(*few, needed=math.ceil(ALLOWED_SEEN / few[0].allowed)))
    return Verdict(kind=Kind.HEALTHY, sentence=words.within_limits(counted))


def _noticed_share(comparison: Comparison, alpha: float) -> float:
    """The share of failing requests that would have been a proof by now with probability `SURE`.

    The candidate's errors are taken as Poisson: their least mean with P(errors >= needed) = `SURE`.
    """
    from scipy.special import gammaincinv

    needed = comparison.least_errors(alpha)
    return min(1.0, float(gammaincinv(needed, SURE)) / comparison.requests) if comparison.requests else 1.0


def _not_enough(sentence: str) -> Verdict:
    return Verdict(kind=Kind.NOT_ENOUGH, sentence=sentence)
