"""Several tests' verdicts make one: the worst wins, with its own sentence."""

from collections.abc import Iterable

from msgspec.structs import replace

from shipway.model.verdict import Kind, Severity, Verdict

RANKS: tuple[tuple[Kind, Severity | None], ...] = (
    (Kind.HARMFUL, Severity.CRITICAL),
    (Kind.HARMFUL, Severity.HIGH),
    (Kind.HARMFUL, Severity.MEDIUM),
    (Kind.BLIND, None),
    (Kind.HARMFUL, Severity.LOW),
    (Kind.NOT_ENOUGH, None),
    (Kind.HEALTHY, None),
)
"""From the worst to the best."""


def combined(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst verdict, the first of equal ones; none of none.

    Low harm does not stop a run by itself, so it keeps the doubts of other tests; healthy ones are told together.
    """
    ordered = sorted(verdicts, key=_rank)
    if not ordered:
        return None
    worst, rest = ordered[0], ordered[1:]
    if worst.severity == Severity.LOW:
        doubts = [other.sentence for other in rest if other.kind == Kind.NOT_ENOUGH]
        return replace(worst, doubt=doubts[0]) if doubts else worst
    if worst.kind == Kind.HEALTHY:
        told = "; ".join(verdict.sentence for verdict in ordered)
        return replace(worst, sentence=told, is_proven=all(verdict.is_proven for verdict in ordered))
    return worst


def _rank(verdict: Verdict) -> int:
    return RANKS.index((verdict.kind, verdict.severity))
