"""The known ways to judge a canary wrongly, each with a test that it is not done here.

counts pooled over changes of weight (Simpson):
    test_a_base_rate_that_drifts_while_the_weight_grows_convicts_nobody
exposure by configured weight:
    test_exposure_is_what_was_counted_not_what_was_configured
a scrape of one version only:
    engine/test_looks.py test_a_scrape_of_one_version_waits_for_the_other
scrapes twice or out of order:
    engine/test_looks.py test_a_scrape_that_is_told_twice_or_late_counts_once
a scrape that was lost:
    test_a_lost_scrape_loses_nothing
a counter that was reset:
    test_a_counter_that_was_reset_counts_from_zero
replicas that come and go:
    test_replicas_that_come_and_go_lose_and_invent_nothing
errors that die with their replica:
    test_a_replica_that_takes_its_errors_along_is_seen_by_its_restarts
no error of the baseline:
    test_a_baseline_without_errors_is_a_baseline_and_no_errors_at_all_move_nothing
retries that land on stable:
    test_retries_that_land_on_stable_are_seen_as_a_division_that_is_off
hung requests that are in no histogram (survivorship):
    test_requests_that_hang_are_counted_although_they_are_never_timed
ratios on nothing:
    test_a_ratio_on_nothing_is_no_alarm
one odd scrape:
    analysis/test_judge.py test_one_odd_scrape_convicts_nobody
a score beyond what floats hold:
    test_a_flood_of_errors_is_a_finite_score_with_a_sentence
severity of what was worst:
    test_severity_follows_the_current_estimate_not_the_worst_that_was_seen
a controller that starts again:
    test_what_was_seen_survives_a_restart_and_is_not_counted_again
thresholds chosen after a look:
    test_what_a_stage_needs_for_a_proof_is_fixed_before_its_errors_come
a promise for each look, stage or test:
    test_the_promise_is_one_whatever_number_of_stages_and_tests
bucket layouts that differ:
    test_changed_buckets_are_compared_at_common_bounds_only
no bucket in common:
    test_buckets_without_a_common_bound_are_no_latency_verdict_and_no_health
404 and other answers that are no errors:
    test_answers_that_are_no_errors_by_class_are_judged_by_a_metric_of_their_own
a metrics backend that is away:
    test_a_missing_backend_is_blindness_and_neither_harm_nor_health
and what becomes of it:
    engine/test_without_evidence.py test_a_source_that_is_gone_is_held_and_never_taken_back_under_any_policy
clocks that differ:
    test_clocks_that_differ_change_no_verdict
an incident of both versions:
    test_a_shared_incident_is_nobodys_fault
the same once the candidate is alone:
    analysis/test_lasting.py test_bursts_of_both_versions_convict_no_candidate_that_is_alone
replicas that begin cold:
    test_a_cold_start_of_some_seconds_is_no_slowness
harm that begins late:
    analysis/test_late.py test_a_regression_after_a_quarter_of_an_hour_does_not_outweigh_its_past_first
"""

import math
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latencies import Service, judged
from kernel import V1, V2, case, plan_of, replicas
from kernel import seen as world_seen
from shipway.analysis import promise, spending
from shipway.analysis.comparison import comparison_of
from shipway.analysis.division import Division, Look, divided
from shipway.analysis.division_verdict import verdict_of_division
from shipway.analysis.judge import blind, judge
from shipway.analysis.tally import Tally, absorb, mean_of
from shipway.analysis.windows import is_newer, window
from shipway.engine.failing import CRASH_LOOP_RESTARTS, with_replicas
from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.model.metric import Metric
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.verdict import Kind, Severity, Verdict
from unit.analysis.metrics import Stream, convicted_at, counts
from unit.analysis.streams import absorbed, seen, staged

GUARD = Guard()
ANY = RevisionId("any")


def sample(at: float, *counts: tuple[int, int]) -> Sample:
    """One series for each (requests, errors)."""
    series = {f"replica {number}": Counts(requests=one, errors=bad) for number, (one, bad) in enumerate(counts)}
    return Sample(revision=ANY, at=at, series=series)


def found(tally: Tally, *, now: float = 1000.0) -> Verdict:
    return judge(tally, GUARD, now=now)


def crashing(*, restarts: int) -> tuple[Run, World]:
    """A canary's only replica was started again so often, and does not answer."""
    replica = replace(*replicas(V2, 1), ready=False, restarts=restarts)
    looked = case(plan_of("canary"), 1, world_seen((*replicas(V1, 4), replica), {V1: 0.9, V2: 0.1}))
    return looked.run, looked.world


def test_a_base_rate_that_drifts_while_the_weight_grows_convicts_nobody() -> None:
    """Simpson's paradox: the candidate has its requests when everybody fails. Pooled it is 1.8 times as bad."""
    tally, ours, theirs = Tally(), [0, 0], [0, 0]
    for stage, share in enumerate((0.01, 0.05, 0.25, 0.5)):
        tally = staged(tally, share=share, index=stage)
        rate = 0.01 * 4 ** (stage / 3)
        for number in range(60):
            one, other = round(2000 * share), round(2000 * (1 - share))
            bad = int((number + 1) * one * rate) - int(number * one * rate)
            worse = int((number + 1) * other * rate) - int(number * other * rate)
            ours, theirs = [ours[0] + one, ours[1] + bad], [theirs[0] + other, theirs[1] + worse]
            at = stage * 60 + number
            tally = absorb(tally, stable=seen(at, other, worse), candidate=seen(at, one, bad))
    assert ours[1] / ours[0] > 1.3 * theirs[1] / theirs[0]
    assert found(tally, now=1200.0).kind == Kind.HEALTHY


def test_exposure_is_what_was_counted_not_what_was_configured() -> None:
    """Half of the requests came, where a twentieth was configured: half of the errors are no wonder."""
    tally = absorbed(staged(share=0.05), [(seen(n, 100, 5), seen(n, 100, 5)) for n in range(40)])
    comparison = comparison_of(tally)
    assert comparison is not None and comparison.mean == pytest.approx(200.0)
    assert found(tally).kind == Kind.HEALTHY


def test_a_counter_that_was_reset_counts_from_zero() -> None:
    seen_since = window(sample(0.0, (1000, 50), (10, 0)), sample(5.0, (20, 1), (30, 0)))
    assert (seen_since.requests, seen_since.errors) == (40, 1)


def test_replicas_that_come_and_go_lose_and_invent_nothing() -> None:
    """One is gone, with all that it counted; another is new, and its first requests count."""
    before = {"a": Counts(requests=1000, errors=10), "b": Counts(requests=500, errors=5)}
    after = {"b": Counts(requests=520, errors=6), "c": Counts(requests=40, errors=2)}
    samples = [Sample(revision=ANY, at=at, series=series) for at, series in ((0.0, before), (5.0, after))]
    seen_since = window(*samples)
    assert (seen_since.requests, seen_since.errors) == (60, 3)


def test_a_replica_that_takes_its_errors_along_is_seen_by_its_restarts() -> None:
    """What it counted since the last scrape is lost, and it is the bad part. Its crashes are not."""
    run, world = crashing(restarts=CRASH_LOOP_RESTARTS)
    healthy = Verdict(kind=Kind.HEALTHY, sentence="no sign of harm")
    verdict = with_replicas(healthy, run, world)
    assert verdict.severity == Severity.CRITICAL and "1 of 1 candidate replicas keeps crashing" in verdict.sentence
    assert with_replicas(healthy, *crashing(restarts=CRASH_LOOP_RESTARTS - 1)) == healthy


def test_a_baseline_without_errors_is_a_baseline_and_no_errors_at_all_move_nothing() -> None:
    quiet = absorbed(staged(), [(seen(n, 475), seen(n, 25)) for n in range(40)])
    bad = absorbed(quiet, [(seen(n, 475), seen(n, 25, 4)) for n in range(40, 44)])
    comparison = comparison_of(quiet)
    assert comparison is not None and comparison.surprise == 0.0
    assert found(bad).severity == Severity.CRITICAL


def test_retries_that_land_on_stable_are_seen_as_a_division_that_is_off() -> None:
    """Each failed request comes again and meets stable: its count grows by what the candidate lost."""
    random, division = np.random.default_rng(3), Division(row=1, share=0.25)
    for number in range(300):
        ours, theirs = int(random.poisson(25)), int(random.poisson(75)) + 30
        look = Look(stable=seen(number, theirs), candidate=seen(number, ours), waiting=0, stable_waiting=0)
        division = divided(division, look)
    verdict = verdict_of_division(division, now=300.0)
    assert verdict is not None and verdict.kind == Kind.BLIND
    assert "cannot be compared" in verdict.sentence


def test_requests_that_hang_are_counted_although_they_are_never_timed() -> None:
    """Survivorship: those that were answered were answered quickly and well."""
    tally, division = staged(), Division(row=1, share=0.05)
    for number in range(40):
        windows = seen(number, 95, seconds=1.0), seen(number, 4, seconds=1.0)
        tally = absorb(tally, stable=windows[0], candidate=windows[1])
        look = Look(stable=windows[0], candidate=windows[1], waiting=number, stable_waiting=3)
        division = divided(division, look)
    verdict = verdict_of_division(division, now=40.0)
    assert judge(tally, GUARD, now=40.0).kind != Kind.HARMFUL
    assert verdict is not None
    assert judge(tally, GUARD, now=40.0, others=[verdict]).severity == Severity.CRITICAL


def test_a_ratio_on_nothing_is_no_alarm() -> None:
    """Four errors of 18,000 against none: infinitely many times as often, and nobody should be woken."""
    scrapes = [(seen(n, 100_000), seen(n, 1_000, int(n in (3, 9, 14, 17)))) for n in range(18)]
    assert found(absorbed(staged(), scrapes)).severity == Severity.LOW


def test_severity_follows_the_current_estimate_not_the_worst_that_was_seen() -> None:
    """A bad minute, then an hour as good as the stable version: what was critical is low by then."""
    tally = absorbed(staged(share=0.5), [(seen(n, 500, 5), seen(n, 500, 60)) for n in range(12)])
    severities = [found(tally).severity]
    for hour in range(1, 4):
        more = [(seen(12 + 200 * hour + n, 500, 5), seen(12 + 200 * hour + n, 500, 6)) for n in range(200)]
        tally = absorbed(tally, more)
        severities.append(found(tally).severity)
    assert severities[0] == Severity.CRITICAL
    assert severities[1] in (Severity.MEDIUM, Severity.HIGH)
    assert severities[-1] == Severity.LOW


def test_a_flood_of_errors_is_a_finite_score_with_a_sentence() -> None:
    """Log space: the tail is far below the smallest number that a float has."""
    tally = absorbed(staged(), [(seen(n, 10_000_000, 10), seen(n, 500_000, 500_000)) for n in range(3)])
    comparison = comparison_of(tally)
    assert comparison is not None and math.isfinite(comparison.excess(0.001)) and comparison.excess(0.001) > 1e6
    assert found(tally).severity == Severity.CRITICAL and "inf" not in found(tally).sentence


def test_what_a_stage_needs_for_a_proof_is_fixed_before_its_errors_come() -> None:
    """Thresholds that are chosen after a look at the data prove anything."""
    before = absorbed(Tally(), [(seen(n, 950, 9), seen(n, 0)) for n in range(12)])
    calm = absorbed(staged(before), [(seen(12, 950, 9), seen(12, 50))])
    bad = absorbed(staged(before), [(seen(12, 950, 90), seen(12, 50, 40))])
    after = absorbed(bad, [(seen(13 + n, 950, 90), seen(13 + n, 50, 40)) for n in range(20)])
    plans = [
        (spell.promise, spell.planned_end, spell.requests_end, spell.extra_nats)
        for spell in (tally.spell for tally in (calm, bad, after))
        if spell is not None
    ]
    assert len(plans) == 3 and len(set(plans)) == 1


@pytest.mark.parametrize("stages", [1, 2, 5, 12])
def test_the_promise_is_one_whatever_number_of_stages_and_tests(stages: int) -> None:
    spent = math.fsum(spending.part_of(order, stages) for order in range(stages))
    assert spent == pytest.approx(1.0)
    for others in (0, 1, 7):
        parts = promise.divided(GUARD.false_rollback, has_latency=True, others=others)
        assert parts.errors + parts.latency + others * parts.each == pytest.approx(GUARD.false_rollback)


def test_what_was_seen_survives_a_restart_and_is_not_counted_again() -> None:
    *_, (_, _, tally) = judged(Service(times=1.5, pace=300.0), 60, 4, GUARD)
    kept = msgspec.json.decode(msgspec.json.encode(tally), type=Tally)
    assert kept == tally
    assert judge(kept, GUARD, now=60.0) == judge(tally, GUARD, now=60.0)


def test_changed_buckets_are_compared_at_common_bounds_only() -> None:
    *_, (_, verdict, tally) = judged(Service(candidate_bounds=(0.05, 0.1, 0.2, 0.4)), 60, 5, GUARD)
    used = {bound for level in tally.slowness.levels for bound in level.bounds}
    assert used and used <= {0.05, 0.1, 0.2, 0.4}
    assert verdict.kind == Kind.HEALTHY


def test_buckets_without_a_common_bound_are_no_latency_verdict_and_no_health() -> None:
    *_, (_, verdict, tally) = judged(Service(candidate_bounds=(0.0512, 0.2048)), 60, 5, GUARD)
    assert tally.slowness.levels == ()
    assert verdict.kind == Kind.NOT_ENOUGH and "no bound in common" in verdict.sentence


def test_answers_that_are_no_errors_by_class_are_judged_by_a_metric_of_their_own() -> None:
    """A candidate that answers 404 to a tenth of its requests fails nobody by the error rate."""
    tally = absorbed(staged(share=0.5), [(seen(n, 1000), seen(n, 1000)) for n in range(20)])
    looks = counts(Stream(shares=(0.5,)), rate=0.01, candidate_rate=0.1, seed=1)
    said = convicted_at(Metric(name="not_found", query="{version}", worse_by=0.2), looks)
    assert found(tally, now=100.0).kind == Kind.HEALTHY
    assert said is not None and said < 90.0


def test_a_missing_backend_is_blindness_and_neither_harm_nor_health() -> None:
    verdict = blind("Prometheus does not answer at http://127.0.0.1:9090")
    assert (verdict.kind, verdict.severity, verdict.is_proven) == (Kind.BLIND, None, False)


def test_late_and_double_scrapes_are_known_by_their_time() -> None:
    before = sample(10.0, (100, 1))
    assert [is_newer(before, sample(at, (100, 1))) for at in (9.0, 10.0, 10.5)] == [False, False, True]
    assert is_newer(None, before)


def test_a_lost_scrape_loses_nothing() -> None:
    every = [sample(float(at), (100 * at, at)) for at in range(1, 6)]
    one_by_one = [window(before, after) for before, after in pairwise(every)]
    whole = window(every[0], every[-1])
    assert (whole.requests, whole.errors) == (
        sum(one.requests for one in one_by_one),
        sum(one.errors for one in one_by_one),
    )


def test_clocks_that_differ_change_no_verdict() -> None:
    """Times are only ever subtracted from times of the same clock."""

    def told(skew: float) -> Verdict:
        scrapes = [(seen(n, 950, 9), seen(n, 50, 3)) for n in range(40)]
        moved = [
            tuple(msgspec.structs.replace(w, start=w.start + skew, end=w.end + skew) for w in p) for p in scrapes
        ]
        return judge(absorbed(staged(), [(one, other) for one, other in moved]), GUARD, now=200.0 + skew)

    assert told(0.0).sentence == told(86_400.0).sentence == told(-3600.0).sentence


def test_a_shared_incident_is_nobodys_fault() -> None:
    calm = [(seen(n, 475, 1), seen(n, 25)) for n in range(60)]
    storm = [(seen(60 + n, 475, 190), seen(60 + n, 25, 10)) for n in range(20)]
    tally = absorbed(staged(), [*calm, *storm])
    assert found(tally).kind == Kind.HEALTHY
    assert mean_of(tally.compared) == pytest.approx(20 * 200 * 0.05 + 60 * 0.05)


def test_a_cold_start_of_some_seconds_is_no_slowness() -> None:
    """At each of five stages new replicas need over half a second for five seconds, and then as long as others."""
    tally = absorbed(Tally(), [(seen(n, 1000, slow=50, seconds=1.0), seen(n, 0)) for n in range(60)])
    for index in range(5):
        start = 60 + 60 * index
        cold = [seen(start + n, 250, slow=250 if n < 5 else 12, seconds=1.0) for n in range(60)]
        warm = [seen(start + n, 750, slow=37, seconds=1.0) for n in range(60)]
        tally = absorbed(staged(tally, share=0.25, index=index), zip(warm, cold, strict=True))
    assert found(tally, now=360.0).kind == Kind.HEALTHY
    assert tally.slowness.requests <= 5 * 55 * 250


def test_every_pitfall_of_the_list_has_its_test() -> None:
    told = [line.strip() for line in (__doc__ or "").splitlines() if line.startswith("    ")]
    assert len(told) > 25
    for line in told:
        file, _, name = line.rpartition(" ")
        where = Path(__file__).parents[1] / file if file else Path(__file__)
        assert re.search(rf"^(async )?def {name}\b", where.read_text(), re.MULTILINE), line
