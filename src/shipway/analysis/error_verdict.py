"""What the comparison of errors says, as a verdict with its sentence."""

import math

from shipway.analysis import words
from shipway.analysis.comparison import BAD_SCRAPES_MIN, Comparison, most_telling
from shipway.analysis.lasting import missing_seconds
from shipway.analysis.proven import is_no_worse
from shipway.analysis.tally import HISTORY_DRIFT, Tally
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
BETA = 0.05
"""Proofs of being no worse are wrong this often at most; the guard stays armed after them."""
SUSPICIOUS = 0.1
"""A look that an equal candidate gives this rarely is no harm, but not health either."""


def proof_of_errors(comparison: Comparison, tally: Tally, *, alpha: float, now: float) -> Verdict | None:
    """Harm, where it is proven; not enough evidence, where it still has to last."""
    if tally.bad_scrapes < BAD_SCRAPES_MIN or comparison.errors == 0:
        return None
    comparison = most_telling(tally, comparison, alpha=alpha)
    if comparison.tells(alpha) < 0.0:
        return None
    comparison, alpha = comparison.told(alpha)
    if comparison.excess(alpha) < 0.0:
        return _has_to_last(comparison, alpha=alpha, is_learnt=tally.compared.noise.is_learnt)
    ratio, began_at = comparison.ratio, now if tally.began_at is None else tally.began_at
    began_at = began_at if comparison.since is None else comparison.since
    rarity = math.exp(min(comparison.excess(alpha), 600.0)) / alpha
    return Verdict(
        kind=Kind.HARMFUL,
        severity=_severity(ratio, comparison),
        sentence=words.worse(comparison, ratio=ratio, rarity=rarity, seconds=now - began_at),
        first_bad_at=tally.first_bad_at,
    )


def _has_to_last(comparison: Comparison, *, alpha: float, is_learnt: bool) -> Verdict:
    """A burst that hits everything would look the same."""
    more = missing_seconds(comparison.lasting, alpha) if comparison.lasting else 0.0
    sentence = words.has_to_last(comparison, more_seconds=more, is_learnt=is_learnt)
    return Verdict(kind=Kind.NOT_ENOUGH, sentence=sentence)


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


def health_of_errors(comparison: Comparison, *, alpha: float) -> Verdict:
    """Healthy, or what is missing for it."""
    if _is_suspicious(comparison):
        return Verdict(kind=Kind.NOT_ENOUGH, sentence=words.suspicious(comparison))
    noticed = _noticed_share(comparison, alpha)
    base = (comparison.stable_errors + 0.5) / (comparison.stable_requests + 1.0)
    if comparison.requests < REQUESTS_MIN or noticed > max(REGRESSION * base, NOTICEABLE):
        return Verdict(kind=Kind.NOT_ENOUGH, sentence=words.too_few(comparison, noticed=noticed))
    is_proven = is_no_worse(comparison, beta=BETA)
    sentence = words.unharmed(comparison, noticed=noticed, is_proven=is_proven)
    return Verdict(kind=Kind.HEALTHY, sentence=sentence, is_proven=is_proven)


def _is_suspicious(comparison: Comparison) -> bool:
    """Surprising, and perhaps as large as medium harm: a rise that is surely small holds nobody up."""
    return comparison.surprise >= -math.log(SUSPICIOUS) and comparison.ratio_at_most >= MEDIUM_RATIO


def _noticed_share(comparison: Comparison, alpha: float) -> float:
    """The share of failing requests that would have been a proof by now with probability `SURE`.

    The candidate's errors are taken as Poisson: their least mean with P(errors >= needed) = `SURE`. Where
    not so many could have counted, however many there were, nothing would have shown.
    """
    from scipy.special import gammaincinv

    if not comparison.requests:
        return 1.0
    wanted = float(gammaincinv(comparison.least_errors(alpha), SURE))
    if comparison.countable is not None and wanted > comparison.countable:
        return 1.0
    return min(1.0, wanted / comparison.requests)
