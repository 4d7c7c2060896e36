"""Metrics that people defined: what is harm, what is not, and what is not known."""

from collections.abc import Iterator, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shipway.analysis.custom import CANDIDATE, Look, Watch, absorb, judge, unseen
from shipway.analysis.tally import Spell
from shipway.model.metric import Metric, Reading
from shipway.model.verdict import Kind, Severity, Verdict
from unit.analysis.metrics import (
    ALPHA,
    CHARGED,
    DECLINED,
    MEMORY,
    Stream,
    convicted_at,
    counts,
    levels,
    look,
    told,
)

SPELL = Spell(index=0, of=1, share=0.5, stay_seconds=900.0, promise=1.0)
BOUNDED = Metric(name="declined", query="{version}", at_most=0.01)


def after(metric: Metric, looks: Sequence[Look], watch: Watch | None = None, spell: Spell = SPELL) -> Watch:
    watch = watch or Watch()
    for seen in looks:
        watch = absorb(watch, metric, spell, seen)
    return watch


def said(metric: Metric, looks: Sequence[Look]) -> Verdict:
    return judge(after(metric, looks), metric, alpha=ALPHA, now=looks[-1].at)


def both(rate: float, stable_rate: float, *, count: int = 60) -> list[Look]:
    """Both versions' cumulative events at 1,000 requests a look each."""
    return [look(5.0 * n, 1000 * rate * n, 1000 * stable_rate * n, 1000, 1000) for n in range(count)]


# Numbers of events


@pytest.mark.parametrize("seed", range(3))
def test_a_candidate_with_three_times_the_events_is_found(seed: int) -> None:
    found = convicted_at(DECLINED, counts(Stream(), rate=0.01, candidate_rate=0.03, seed=seed))
    assert found is not None and found < 900.0


def test_equal_versions_and_those_at_the_margin_are_left_alone() -> None:
    for seed in range(40):
        for worse in (1.0, 1.2):
            stream = counts(Stream(pace=50.0), rate=0.01, candidate_rate=0.01 * worse, seed=seed)
            assert convicted_at(DECLINED, stream) is None, f"seed {seed}, {worse} times"


def test_a_worse_margin_allows_more() -> None:
    wide = replace(DECLINED, worse_by=4.0)
    assert said(DECLINED, both(0.03, 0.01)).kind == Kind.HARMFUL
    assert said(wide, both(0.03, 0.01)).kind == Kind.HEALTHY


def test_the_severity_is_the_one_that_was_asked_for() -> None:
    verdict = said(replace(DECLINED, severity=Severity.MEDIUM), both(0.05, 0.01))
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.MEDIUM)


def test_a_sentence_has_both_counts() -> None:
    verdict = said(DECLINED, both(0.05, 0.01, count=21))
    assert verdict.sentence.startswith(
        "candidate declined 5.0 times the baseline's (1,000 of 20,000 against 200 of 20,000)"
    )


def test_a_counter_that_falls_began_anew_and_counts_from_zero() -> None:
    looks = [look(0.0, 500, 500, 1000, 1000), look(5.0, 510, 510, 1000, 1000), look(10.0, 4, 520, 1000, 1000)]
    assert after(DECLINED, looks).counts.candidate.value == 14


def test_a_count_that_first_appears_with_its_first_event_began_at_zero() -> None:
    looks = [look(0.0, None, 500, 1000, 1000), look(5.0, 3, 500, 1000, 1000)]
    watch = after(DECLINED, looks)
    assert watch.counts.candidate.value == 3
    assert watch.counts.stable.value == 0


def test_what_stands_in_the_first_look_is_the_past() -> None:
    assert after(DECLINED, [look(0.0, 900, 0, 1000, 1000)] * 2).counts.candidate.value == 0


def test_requests_while_the_metric_was_not_seen_belong_to_its_next_growth() -> None:
    first = after(DECLINED, [look(0.0, 0, 0, 100, 100)])
    gap = unseen(first, "away", look(5.0, None, None, 700, 700))
    seen = after(DECLINED, [look(10.0, 8, 8, 200, 200)], gap)
    assert seen.counts.candidate.of == 900
    assert after(DECLINED, [look(15.0, 9, 9, 100, 100)], seen).counts.candidate.of == 1000


def test_a_second_query_is_what_events_are_a_part_of() -> None:
    metric = replace(DECLINED, of="{version}")
    looks = [
        Look(at=at, readings={CANDIDATE: Reading(at=at, value=at, of=10 * at)}, requests={CANDIDATE: 9999.0})
        for at in (0.0, 5.0, 10.0)
    ]
    assert after(metric, looks).counts.candidate.rate == pytest.approx(0.1)


def test_a_share_that_grows_with_the_rate_convicts_nobody() -> None:
    """Simpson: both versions get worse together while the candidate's share grows."""
    looks, spells, totals = [], [], [0.0, 0.0]
    for n in range(120):
        share, rate = (0.05, 0.01) if n < 60 else (0.5, 0.04)
        requests = (1000 * share, 1000 * (1 - share))
        totals = [totals[0] + rate * requests[0], totals[1] + rate * requests[1]]
        looks.append(look(5.0 * n, totals[0], totals[1], *requests))
        spells.append(Spell(index=int(n >= 60), of=2, share=share, stay_seconds=300.0, promise=1.0))
    assert convicted_at(DECLINED, iter(zip(spells, looks, strict=True))) is None


def alone(*rates: float) -> Iterator[tuple[Spell, Look]]:
    """Five minutes side by side at 1%, then the candidate alone at so many rates, one a look."""
    yield from ((SPELL, seen) for seen in both(0.01, 0.01))
    spell, total = Spell(index=1, of=2, share=1.0, stay_seconds=900.0, promise=1.0), 590.0
    for number, rate in enumerate(rates):
        total += 2000 * rate
        yield spell, look(300.0 + 5 * number, total, 590.0, 2000, 0)


def test_with_no_stable_traffic_its_history_is_the_base_and_may_have_risen_to_three_times() -> None:
    assert convicted_at(DECLINED, alone(*[0.03] * 60)) is None
    assert convicted_at(DECLINED, alone(*[0.05] * 60)) is not None


def test_with_no_stable_traffic_a_burst_convicts_nobody_and_what_lasts_does() -> None:
    bursts = alone(*[0.01] * 12, *[0.2] * 12, *[0.01] * 30)
    assert convicted_at(DECLINED, bursts) is None
    *_, (_, verdict, _) = told(DECLINED, alone(*[0.01] * 12, *[0.2] * 12))
    assert verdict.kind == Kind.NOT_ENOUGH
    assert "is worse than before: harm if that lasts" in verdict.sentence


# Bounds


def test_a_broken_bound_is_found_and_says_what_is_allowed() -> None:
    verdict = said(BOUNDED, both(0.05, 0.002))
    assert verdict.kind == Kind.HARMFUL
    assert "at most 1%" in verdict.sentence


def test_a_bound_that_both_versions_break_is_not_the_candidates() -> None:
    verdict = said(BOUNDED, both(0.05, 0.05))
    assert verdict.kind == Kind.NOT_ENOUGH
    assert "not the candidate's" in verdict.sentence


def test_a_least_value_is_a_bound_too() -> None:
    metric = Metric(name="paid", query="{version}", at_least=0.2)
    assert said(metric, both(0.1, 0.3)).kind == Kind.HARMFUL
    assert said(metric, both(0.0, 0.3)).kind == Kind.HARMFUL
    assert said(metric, both(0.3, 0.3)).kind == Kind.HEALTHY


def test_a_bound_that_is_kept_is_rarely_found_broken() -> None:
    found = sum(
        convicted_at(BOUNDED, counts(Stream(), rate=0.001, candidate_rate=0.01, seed=seed)) is not None
        for seed in range(40)
    )
    assert found == 0


# Levels


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_a_level_twice_as_high_is_found(noise: float) -> None:
    stream = levels(Stream(), level=100.0, candidate_level=200.0, noise=noise, seed=1)
    found = convicted_at(MEMORY, stream)
    assert found is not None and found < 600.0


def test_a_level_at_its_margin_is_left_alone() -> None:
    for seed in range(40):
        stream = levels(Stream(), level=100.0, candidate_level=150.0, noise=0.3, seed=seed)
        assert convicted_at(MEMORY, stream) is None, f"seed {seed}"


def test_many_looks_in_one_block_are_one_sign() -> None:
    looks = [look(0.5 * n, 900.0, 100.0) for n in range(41)]
    assert after(MEMORY, looks).levels.signs.compared == 2


def test_a_level_that_jumps_for_a_moment_convicts_nobody() -> None:
    looks = [look(5.0 * n, 900.0 if n < 8 else 100.0, 100.0) for n in range(120)]
    assert all(verdict.kind != Kind.HARMFUL for _, verdict, _ in told(MEMORY, ((SPELL, seen) for seen in looks)))


def test_a_bound_on_a_level_is_kept_to_unless_both_are_over_it() -> None:
    metric = Metric(name="queue", query="{version}", is_gauge=True, at_most=100.0)
    looks = [look(5.0 * n, 150.0, 20.0) for n in range(60)]
    assert said(metric, looks).kind == Kind.HARMFUL
    full = [look(5.0 * n, 150.0, 180.0) for n in range(60)]
    assert said(metric, full).kind == Kind.NOT_ENOUGH


def test_processor_time_is_compared_per_request_so_that_a_larger_share_is_no_harm() -> None:
    metric = Metric(name="cpu", resource="cpu", worse_by=0.5)
    looks = [look(5.0 * n, 9.0 * n, 1.0 * n, 900, 100) for n in range(60)]
    assert said(metric, looks).kind == Kind.HEALTHY
    worse = [look(5.0 * n, 18.0 * n, 1.0 * n, 900, 100) for n in range(60)]
    assert said(metric, worse).kind == Kind.HARMFUL


# What must not happen even once


def charged(*values: float | None) -> Verdict:
    return said(CHARGED, [look(float(n), value, 0.0, 100, 100) for n, value in enumerate(values)])


def test_one_event_that_a_second_look_confirms_is_critical() -> None:
    verdict = charged(0, 1, 1)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert verdict.first_bad_at == 1.0


def test_one_event_that_only_one_look_saw_is_not_yet() -> None:
    assert charged(0, 1).kind == Kind.NOT_ENOUGH
    assert charged(0, 1, 0, 0).kind == Kind.HEALTHY


def test_an_event_that_creates_its_series_counts() -> None:
    assert charged(None, 1, 1).kind == Kind.HARMFUL


def test_what_happened_before_the_run_is_not_the_candidates() -> None:
    assert charged(7, 7, 7, 7).kind == Kind.HEALTHY


# What is not known


def test_a_level_without_a_value_is_blind_by_name_and_never_harm() -> None:
    worse = [look(5.0 * n, 200.0, 100.0) for n in range(20)]
    verdict = said(MEMORY, [*worse, look(100.0, None, 100.0), look(140.0, None, 100.0)])
    assert verdict.kind == Kind.BLIND
    assert verdict.sentence == "memory cannot be seen for 40 s: it has no value for the candidate"


def test_a_source_that_fails_is_blind_and_a_proof_from_before_stays() -> None:
    proven = after(DECLINED, both(0.05, 0.01))
    fresh = unseen(Watch(), "prometheus does not answer", look(0.0, None))
    assert judge(fresh, DECLINED, alpha=ALPHA, now=3.0).kind == Kind.BLIND
    gone = unseen(proven, "prometheus does not answer", look(300.0, None))
    assert judge(gone, DECLINED, alpha=ALPHA, now=300.0).kind == Kind.HARMFUL


# Properties

READINGS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(0, 1e6)),
        st.one_of(st.none(), st.floats(0, 1e6)),
        st.integers(0, 1000),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=30,
)
METRICS = st.sampled_from(
    [
        DECLINED,
        BOUNDED,
        MEMORY,
        CHARGED,
        Metric(name="m", query="{version}", of="{version}", worse_by=0.0, at_least=0.5),
        Metric(name="m", query="{version}", is_gauge=True, worse_by=0.1, at_most=5.0, at_least=1.0),
    ]
)


@settings(deadline=None)
@given(metric=METRICS, readings=READINGS, cut=st.integers(0, 29), stages=st.integers(1, 3))
def test_anything_gets_a_verdict_and_goes_on_from_its_checkpoint(
    metric: Metric, readings: list[tuple[float | None, float | None, int, int]], cut: int, stages: int
) -> None:
    straight = kept = Watch()
    for n, (candidate, stable, requests, stable_requests) in enumerate(readings):
        index = n * stages // len(readings)
        spell = replace(SPELL, index=index, of=stages, share=1.0 if index == 2 else 0.3)
        seen = look(5.0 * n, candidate, stable, requests, stable_requests)
        straight, kept = (absorb(watch, metric, spell, seen) for watch in (straight, kept))
        if n == cut:
            kept = msgspec.json.decode(msgspec.json.encode(kept), type=Watch)
        verdict = judge(straight, metric, alpha=ALPHA, now=seen.at)
        assert verdict.sentence and "\n" not in verdict.sentence
        assert (verdict.severity is not None) == (verdict.kind == Kind.HARMFUL)
    assert straight == kept


@settings(deadline=None)
@given(
    stable=st.lists(st.integers(0, 50), min_size=2, max_size=40),
    part=st.floats(0.0, 1.0),
    share=st.sampled_from([0.05, 0.5, 0.95]),
)
def test_a_candidate_without_any_event_is_never_harmful(stable: list[int], part: float, share: float) -> None:
    requests = (1000 * share, 1000 * (1 - share))
    looks = [look(5.0 * n, 0.0, part * sum(stable[: n + 1]), *requests) for n in range(len(stable))]
    assert said(DECLINED, looks).kind != Kind.HARMFUL
    assert said(BOUNDED, looks).kind != Kind.HARMFUL


# Proven to be no worse


@pytest.mark.parametrize(
    ("metric", "well", "worse"),
    [
        (DECLINED, both(0.01, 0.01), both(0.023, 0.01)),
        (BOUNDED, both(0.002, 0.002), both(0.0099, 0.002)),
        (
            MEMORY,
            [look(5.0 * n, 100.0, 100.0) for n in range(60)],
            [look(5.0 * n, 160.0 if n % 8 < 4 else 100.0, 100.0) for n in range(60)],
        ),
    ],
)
def test_a_metric_is_proven_no_worse_where_it_is_and_not_at_the_margin(
    metric: Metric, well: list[Look], worse: list[Look]
) -> None:
    assert said(metric, well).is_proven
    assert not said(metric, worse).is_proven
    assert not said(metric, well[:1]).is_proven


def test_what_must_not_happen_is_no_obstacle_while_it_has_not() -> None:
    assert charged(0, 0, 0).is_proven


def test_a_rate_at_twice_its_margin_is_rarely_proven_no_worse() -> None:
    stream, proven = Stream(shares=(0.25,), stay=600.0), 0
    for seed in range(60):
        looks = counts(stream, rate=0.01, candidate_rate=0.024, seed=seed)
        proven += any(verdict.is_proven for _, verdict, _ in told(DECLINED, looks))
    assert proven <= 6
