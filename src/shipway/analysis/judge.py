"""What the evidence says: one verdict, with one sentence."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from shipway.analysis.combine import combined
from shipway.analysis.comparison import comparison_of
from shipway.analysis.error_verdict import health_of_errors, proof_of_errors
from shipway.analysis.latency_verdict import verdict_of_latency
from shipway.analysis.limit_verdict import health_by_limits, verdict_of_limit
from shipway.analysis.limits import limits_of
from shipway.analysis.promise import Promise, divided
from shipway.analysis.tally import Tally
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Verdict

NOTHING = Verdict(kind=Kind.NOT_ENOUGH, sentence="no request has reached the candidate yet")


def blind(reason: str) -> Verdict:
    """The metrics did not answer: nothing is known, neither harm nor health. `reason` says what failed."""
    return Verdict(kind=Kind.BLIND, sentence=f"the guard sees nothing: {reason}")


def promise_of(tally: Tally, guard: Guard) -> Promise:
    """The part of the promise that each test of this run has."""
    has_latency = bool(tally.stable.bounds_seconds or tally.candidate.bounds_seconds)
    others = len(limits_of(guard, tally)) + sum(metric.tests for metric in guard.metrics)
    return divided(guard.false_rollback, has_latency=has_latency, others=others)


def judge(tally: Tally, guard: Guard, *, now: float, others: Sequence[Verdict] = ()) -> Verdict:
    """The verdict on the candidate at `now`, epoch seconds. Looking often costs nothing.

    Harmful: proven, with all wrong convictions of a run together at most `guard.false_rollback`, if the
    candidate equals the stable version and errors come independently; its severity follows the estimated
    size. Healthy: no sign of harm, and enough was seen that a candidate failing `REGRESSION` times as
    often as the stable version (or `NOTICEABLE` of its requests, if that is more) would have been convicted
    by now with probability `SURE`. It does not say that the candidate is no worse: a smaller harm may be
    there. All between is not enough evidence, and says what is missing. `others` are verdicts of tests
    that count something else than requests, each with `promise_of(…).each` to be wrong.
    """
    own = _verdicts(tally, guard, now) if tally.began_at is not None and tally.epochs.all() else (NOTHING,)
    return combined((*own, *others)) or NOTHING


def _verdicts(tally: Tally, guard: Guard, now: float) -> Iterator[Verdict]:
    """What each test says, proofs first; a test that has nothing to say says nothing."""
    limits, comparison, promise = limits_of(guard, tally), comparison_of(tally), promise_of(tally, guard)
    proof = proof_of_errors(comparison, tally, alpha=promise.errors, now=now) if comparison else None
    if proof is not None:
        yield proof
    latency = verdict_of_latency(tally, alpha=promise.latency, now=now)
    if latency is not None and latency.kind != Kind.HEALTHY:
        yield latency
    for limit in limits:
        verdict = verdict_of_limit(limit, tally, alpha=promise.each, now=now)
        if verdict is not None:
            yield verdict
    if comparison is None:
        yield health_by_limits(tally, limits)
    elif proof is None:
        health = health_of_errors(comparison, alpha=promise.errors)
        is_untimed = promise.latency > 0.0 and latency is None
        yield replace(health, is_proven=False) if is_untimed else health
    if latency is not None and latency.kind == Kind.HEALTHY:
        yield latency
