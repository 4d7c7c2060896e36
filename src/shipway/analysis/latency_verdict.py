"""What the comparison of latency says, as a verdict with its sentence."""

import math

from shipway.analysis import words
from shipway.analysis.bounds import WORSE_BY
from shipway.analysis.latency import Slower, is_no_slower, slower_at
from shipway.analysis.tally import Tally
from shipway.model.verdict import Kind, Severity, Verdict

SEVERITIES = dict(zip(WORSE_BY, (Severity.LOW, Severity.MEDIUM, Severity.HIGH), strict=True))
"""By what is proven: slower at all, by more than a quarter, by more than a half."""
SUSPICIOUS = 0.01
"""A look that a candidate slower by a quarter gives more often than an equal one: no harm, but not health."""
BETA = 0.05
"""Proofs of being no slower are wrong this often at most."""
REQUESTS_MIN = 100
"""So many candidate requests without a common bound are no accident of a source that is just starting."""


def verdict_of_latency(tally: Tally, *, alpha: float, now: float) -> Verdict | None:
    """Harm with what is proven of its size; what keeps from health; health; or nothing where nothing is timed."""
    if tally.slowness.skipped_requests >= REQUESTS_MIN:
        return Verdict(kind=Kind.NOT_ENOUGH, sentence=words.no_common_bounds())
    found = slower_at(tally, alpha=alpha)
    proven = [each for each in found if each.excess >= 0.0]
    if proven:
        return _slower(_most(proven), tally, alpha=alpha, now=now)
    looks = [each for each in found if each.worse_by and each.surprise >= -math.log(SUSPICIOUS)]
    if looks:
        return Verdict(kind=Kind.NOT_ENOUGH, sentence=words.looks_slower(_most(looks)))
    even = [each for each in found if not each.worse_by]
    if not even:
        return None
    is_proven = is_no_slower(tally, beta=BETA)
    return Verdict(kind=Kind.HEALTHY, sentence=words.no_slower(even[-1], is_proven=is_proven), is_proven=is_proven)


def _most(found: list[Slower]) -> Slower:
    return max(found, key=lambda each: (each.worse_by, each.excess))


def _slower(worst: Slower, tally: Tally, *, alpha: float, now: float) -> Verdict:
    began_at = now if tally.began_at is None else tally.began_at
    began_at = began_at if worst.since is None else worst.since
    rarity = math.exp(min(worst.excess, 600.0)) / alpha
    return Verdict(
        kind=Kind.HARMFUL,
        severity=SEVERITIES[worst.worse_by],
        sentence=words.slower(worst, rarity=rarity, seconds=now - began_at),
        first_bad_at=began_at,
    )
