"""Several tests' verdicts make one: the worst wins, with its own sentence."""

from collections.abc import Iterable

from shipway.model.verdict import Kind, Severity, Verdict

RANKS: tuple[tuple[Kind, Severity | None], ...] = (
    (Kind.HARMFUL, Severity.CRITICAL),
    (Kind.HARMFUL, Severity.HIGH),
    (Kind.HARMFUL, Severity.MEDIUM),
    (Kind.BLIND, None),
    (Kind.NOT_ENOUGH, None),
    (Kind.HARMFUL, Severity.LOW),
    (Kind.HEALTHY, None),
)
"""From the worst to the best. Low harm does not stop a run, so what is not known yet comes before it."""


def combined(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst verdict, the first of equal ones; none of none.

    Low harm stays in the sentence of what is worse than it, and healthy ones are told together.
    """
    ordered = sorted(verdicts, key=_rank)
    if not ordered:
        return None
    worst, rest = ordered[0], ordered[1:]
    if worst.kind in (Kind.BLIND, Kind.NOT_ENOUGH):
        return _told(worst, [other for other in rest if other.severity == Severity.LOW])
    return _told(worst, rest) if worst.kind == Kind.HEALTHY else worst


def _rank(verdict: Verdict) -> int:
    return RANKS.index((verdict.kind, verdict.severity))


def _told(worst: Verdict, others: Iterable[Verdict]) -> Verdict:
    sentence = "; ".join(verdict.sentence for verdict in (worst, *others))
    return Verdict(kind=worst.kind, sentence=sentence, first_bad_at=worst.first_bad_at)
