"""Proofs that a candidate is no worse: how soon they come, and how often they are wrong."""

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.latencies import Service, judged
from shipway.analysis.comparison import comparison_of
from shipway.analysis.judge import judge
from shipway.analysis.proven import is_no_worse
from shipway.analysis.tally import Tally
from shipway.model.policy import Guard
from shipway.model.verdict import Kind
from unit.analysis.rollouts import Plan, drawn, verdicts
from unit.analysis.streams import absorbed, seen, staged

GUARD = Guard()


def proven_at(plan: Plan, ratio: float, run: int, seed: int, beta: float = 0.05) -> float:
    """When a candidate is first proven to be no worse by its errors; infinity if never."""
    streams = drawn(plan, ratio=ratio, runs=run + 1, seed=seed)
    for seconds, _, tally in verdicts(plan, streams, run, GUARD):
        found = comparison_of(tally)
        if found is not None and is_no_worse(found, beta=beta):
            return seconds
    return np.inf


def test_an_equal_candidate_is_proven_within_a_minute() -> None:
    """1,000 requests a second, 5%, base 1%: errors as the promise of the documentation says."""
    plan = Plan(pace=1000.0, rate=0.01, shares=(0.05,), stay=300.0)
    assert np.median([proven_at(plan, 1.0, run, 5) for run in range(9)]) <= 60.0


def test_a_candidate_twice_as_bad_is_seldom_called_proven() -> None:
    plan, runs, beta = Plan(pace=1000.0, rate=0.01, shares=(0.05,), stay=300.0, step=10.0), 200, 0.2
    wrong = sum(np.isfinite(proven_at(plan, 2.0, run, 6, beta)) for run in range(runs))
    assert wrong <= int(binom.isf(1e-4, runs, beta))


def test_where_nothing_ever_fails_a_thousand_requests_prove_it() -> None:
    few = absorbed(staged(), [(seen(n, 475), seen(n, 25)) for n in range(20)])
    many = absorbed(staged(), [(seen(n, 475), seen(n, 25)) for n in range(60)])
    assert [judge(tally, GUARD, now=300.0).is_proven for tally in (few, many)] == [False, True]
    assert judge(many, GUARD, now=300.0).sentence.startswith("proven no worse: candidate errors 0 of 1,500")


def test_all_tests_must_prove_it() -> None:
    """Errors are proven at once, latency only when enough requests were timed."""
    said = [(at, verdict) for at, verdict, _ in judged(Service(pace=1000.0, share=0.25), 60, 7, GUARD)]
    healthy = [at for at, verdict in said if verdict.kind == Kind.HEALTHY]
    proven = [at for at, verdict in said if verdict.is_proven]
    assert healthy[0] < proven[0] <= 60.0


@pytest.mark.parametrize("times", [1.25, 1.5])
def test_a_slower_candidate_is_never_proven(times: float) -> None:
    said = [verdict for _, verdict, _ in judged(Service(pace=1000.0, share=0.25, times=times), 60, 8, GUARD)]
    assert not any(verdict.is_proven for verdict in said)


def test_history_proves_nothing() -> None:
    before = absorbed(Tally(), [(seen(n, 500, 1), seen(n, 0)) for n in range(60)])
    after = absorbed(staged(before, share=1.0, of=1), [(None, seen(60 + n, 500, 1)) for n in range(60)])
    verdict = judge(after, GUARD, now=600.0)
    assert (verdict.kind, verdict.is_proven) == (Kind.HEALTHY, False)
