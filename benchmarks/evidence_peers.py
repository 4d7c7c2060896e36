"""Three rules in common use, as their sources have them, over the same streams as ours.

All three see one number a minute. Flagger and Argo see the candidate's alone; Kayenta sees the stable version's
beside it, and decides once, at the end of a stage.
"""

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from benchmarks.evidence_streams import LEARN_SECONDS, STEP, Service, Streams

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MINUTE = 60.0
SUCCESS_MIN = 0.99
FLAGGER_THRESHOLD = 5
ARGO_FAILURE_LIMIT = 3
CONFIDENCE, TOLERANCE, ACCURACY = 0.98, 0.25, 1e-4


class Minutes(Struct, frozen=True):
    """Requests and errors of both versions by minute of the rollout and run."""

    requests: Floats
    errors: Floats
    stable_requests: Floats
    stable_errors: Floats


def minutes(streams: Streams) -> Minutes:
    """Scrapes summed by minute, from the candidate's first request on."""
    each, skipped = round(MINUTE / STEP), round(LEARN_SECONDS / STEP)
    arrays = (streams.requests, streams.errors, streams.stable_requests, streams.stable_errors)
    return Minutes(*(counts[skipped:].reshape(-1, each, counts.shape[1]).sum(axis=1) for counts in arrays))


def _until(found: Minutes, minute: int) -> Minutes:
    arrays = (found.requests, found.errors, found.stable_requests, found.stable_errors)
    return Minutes(*(counts[:minute] for counts in arrays))


def failed_checks(found: Minutes) -> Flags:
    """Where the success rate is below 99%, or unknown because there was no request.

    Flagger counts an empty or NaN answer as a failed check (`ErrNoValuesFound`); in Argo a NaN fails a sole
    `successCondition: result[0] >= 0.99`, as every comparison with it is false.
    """
    has_failed: Flags = (found.errors > (1.0 - SUCCESS_MIN) * found.requests + 1e-9) | (found.requests == 0)
    return has_failed


def flagger(failed: Flags) -> Floats:
    """When each run is taken back by `interval: 1m, threshold: 5, thresholdRange: {min: 99}`.

    fluxcd/flagger at 15bd6ad5, pkg/controller/scheduler.go: `failedChecks` adds up over the whole analysis and
    is never lowered. It is compared with the threshold before a tick's checks are made, so the rollback runs
    one tick after the fifth failure.
    """
    return _when(np.cumsum(failed, axis=0) >= FLAGGER_THRESHOLD, later=1)


def argo(failed: Flags, *, stages: int = 1) -> Floats:
    """When each run aborts by `interval: 1m, failureLimit: 3, successCondition: result[0] >= 0.99`.

    argoproj/argo-rollouts at 9f8d111d, analysis/analysis.go: a metric fails once its failed measurements
    exceed the limit, so with the fourth, in that very minute. An analysis step of each stage counts anew.
    """
    each = failed.reshape(stages, -1, failed.shape[1])
    return _when((np.cumsum(each, axis=1) > ARGO_FAILURE_LIMIT).reshape(failed.shape), later=0)


def _when(is_over: Flags, *, later: int) -> Floats:
    """The end of the first minute where it holds, and `later` minutes more."""
    first = np.where(is_over.any(axis=0), is_over.argmax(axis=0) + 1.0 + later, np.inf)
    return np.where(first <= len(is_over) + later, first * MINUTE, np.inf)


def kayenta(found: Minutes, *, stages: int = 1) -> Floats:
    """When each run fails a judgement made at the end of each stage on its minutes' error percentages.

    spinnaker/kayenta at a69573be, NetflixACAJudge-v1.0: one metric, direction increase, critical, nothing
    else; so a stage fails where `is_high` says so. A minute without requests is no data and left out.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        candidate = 100.0 * found.errors / found.requests
        stable = 100.0 * found.stable_errors / found.stable_requests
    each, runs = len(candidate) // stages, candidate.shape[1]
    when = np.full(runs, np.inf)
    for stage in reversed(range(stages)):
        rows = slice(stage * each, (stage + 1) * each)
        bad = [is_high(candidate[rows, run], stable[rows, run]) for run in range(runs)]
        when[np.array(bad)] = (stage + 1) * each * MINUTE
    return when


def is_high(candidate: Floats, stable: Floats) -> bool:
    """Whether Kayenta classifies the candidate's values as higher than the stable version's.

    MannWhitneyClassifier: the 98% confidence interval of the shift must lie above a quarter of its estimate.
    Values that are not numbers are dropped (`nanStrategy: remove`); without any, or with one distinct value
    in both arms, nothing is classified.
    """
    candidate, stable = candidate[~np.isnan(candidate)], stable[~np.isnan(stable)]
    if not len(candidate) or not len(stable) or len(np.unique(np.concatenate((candidate, stable)))) == 1:
        return False
    if np.array_equal(np.sort(candidate), np.sort(stable)):
        return False
    lower, _, estimate = shift(candidate, stable, confidence=CONFIDENCE)
    return lower > TOLERANCE * abs(estimate)


def shift(candidate: Floats, stable: Floats, *, confidence: float) -> tuple[float, float, float]:
    """Lower and upper end of the shift's confidence interval, and its estimate.

    MannWhitney.scala, after R's wilcox.test: the normal approximation of U with a continuity correction and a
    variance corrected for ties, solved for the shift by Brent's method to an absolute 1e-4.
    """
    quantile = float(norm.isf((1.0 - confidence) / 2))
    ends = float(candidate.min() - stable.max()), float(candidate.max() - stable.min())

    def root(wanted: float) -> float:
        if statistic(candidate, stable, ends[0]) - wanted <= 0:
            return ends[0]
        if statistic(candidate, stable, ends[1]) - wanted >= 0:
            return ends[1]
        return float(brentq(lambda mu: statistic(candidate, stable, mu) - wanted, *ends, xtol=ACCURACY))

    return root(quantile), root(-quantile), root(0.0)


def statistic(candidate: Floats, stable: Floats, mu: float) -> float:
    """The standardised Mann-Whitney U of the candidate less `mu` against the stable version."""
    many, others = len(candidate), len(stable)
    ranks = rankdata(np.concatenate((candidate - mu, stable)))
    distance = float(ranks[:many].sum()) - many * (many + 1) / 2 - many * others / 2
    ties = np.unique(ranks, return_counts=True)[1].astype(float)
    tied = float((ties**3 - ties).sum()) / ((many + others) * (many + others - 1))
    sigma = math.sqrt(many * others / 12 * (many + others + 1 - tied))
    return (distance - math.copysign(0.5, distance) * (distance != 0)) / sigma if sigma else 0.0


RULES = ("shipway", "Flagger", "Argo", "Kayenta")


def decided(rule: str, service: Service, streams: Streams) -> Floats:
    """When a peer's rule takes each run back, in seconds since the candidate's first request.

    They are not asked in a stage where the candidate is alone: it comes after their last judgement.
    """
    stages = sum(share < 1.0 for share in service.shares)
    found = _until(minutes(streams), round(stages * service.stay / MINUTE))
    if rule == "Kayenta":
        return kayenta(found, stages=stages)
    failed = failed_checks(found)
    return flagger(failed) if rule == "Flagger" else argo(failed, stages=stages)
