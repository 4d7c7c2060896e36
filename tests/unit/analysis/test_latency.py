"""Latency against the stable version's: by exact counts over bucket bounds, in sizes that are proven."""

import re
from collections.abc import Collection

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latencies import BOUNDS, Service, judged, scrapes
from shipway.analysis import late
from shipway.analysis.bounds import TARGETS, chosen, slower
from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict

GUARD = Guard()
ORDER = (None, Severity.LOW, Severity.MEDIUM, Severity.HIGH)
PROMETHEUS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def reached(service: Service, severity: Severity, *, seconds: int, seed: int) -> float:
    """When the verdict is first at least as severe; infinity if never."""
    wanted = ORDER.index(severity)
    said = judged(service, seconds, seed, GUARD)
    return next((at for at, verdict, _ in said if ORDER.index(verdict.severity) >= wanted), np.inf)


def last(service: Service, seconds: int = 120, seed: int = 1) -> tuple[Verdict, Tally]:
    *_, (_, verdict, tally) = judged(service, seconds, seed, GUARD)
    return verdict, tally


def test_a_candidate_twice_as_slow_is_taken_back_within_a_minute_and_a_half() -> None:
    service = Service(times=2.0)
    assert np.median([reached(service, Severity.HIGH, seconds=150, seed=n) for n in range(5)]) <= 90.0


def test_a_candidate_slower_by_a_half_is_soon_seen_later_held_and_never_more() -> None:
    service = Service(times=1.5)
    assert np.median([reached(service, Severity.LOW, seconds=60, seed=n) for n in range(5)]) <= 45.0
    verdict, _ = last(service, seconds=300)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.MEDIUM)


def test_a_slow_tail_is_seen_although_the_median_is_the_same() -> None:
    verdict, _ = last(Service(far=0.03, pace=1000.0), seconds=60)
    assert verdict.severity in (Severity.MEDIUM, Severity.HIGH)


def test_the_sentence_has_both_bounds_and_their_counts() -> None:
    verdict, tally = last(Service(times=3.0, pace=400.0), seconds=40)
    told = re.fullmatch(
        r"candidate is slower than the baseline by more than 50% \((\d+) of (\d+) requests over (\d+) ms "
        r"against ([\d,]+) of ([\d,]+) over (\d+) ms in 40 s\)"
        r"(?:, \d+ of which came in clusters and proves? nothing)?; an equal version looks this bad once in .*",
        verdict.sentence,
    )
    assert told is not None
    bounds = {level.stable: level.worse[2] for level in tally.slowness.levels}
    assert bounds[int(told[6]) / 1000] == int(told[3]) / 1000 >= 1.5 * int(told[6]) / 1000
    assert int(told[1]) / int(told[2]) > int(told[4].replace(",", "")) / int(told[5].replace(",", ""))


def told(
    service: Service, changed: Service, when: Collection[int], *, seconds: int = 120
) -> tuple[Verdict, Tally]:
    """A service that is another one in some seconds."""
    tally, other = Tally(), list(scrapes(changed, seconds, 3))
    for number, (at, stable, candidate) in enumerate(scrapes(service, seconds, 3)):
        if at == 1.0:
            tally = begin_stage(tally, index=0, of=1, share=0.05, stay_seconds=900.0)
        if at in when:
            _, stable, candidate = other[number]
        tally = absorb(tally, stable=stable, candidate=candidate)
    return judge(tally, GUARD, now=float(seconds)), tally


def test_a_stall_convicts_nobody_nor_does_a_burst_and_many_do() -> None:
    """No block of seconds counts for much more than the stable version's makes likely."""
    service, stalled = Service(pace=1000.0), Service(pace=1000.0, times=20.0)
    assert told(service, stalled, {61})[0].kind != Kind.HARMFUL
    assert told(service, stalled, range(61, 76))[0].kind != Kind.HARMFUL
    assert told(service, stalled, range(10, 121, 6))[0].kind == Kind.HARMFUL


def onset(times: float, *, at: int, seed: int) -> float:
    """How long a candidate that is slow from some second on stays; infinity beyond five minutes."""
    said = judged(Service(times=times), at + 300, seed, GUARD, onset=at)
    return next((now - at for now, verdict, _ in said if now > at and verdict.severity == Severity.HIGH), np.inf)


def test_a_slowdown_that_begins_late_is_found_nearly_as_soon_as_one_from_the_start() -> None:
    assert np.median([onset(2.0, at=600, seed=seed) for seed in range(3)]) <= 135.0


def test_without_late_starts_it_is_not_found_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "period_seconds", lambda stay_seconds: np.inf)
    assert onset(2.0, at=600, seed=0) == np.inf


def test_what_is_proven_since_a_late_start_says_since_when() -> None:
    service, slow = Service(pace=400.0, stay=240.0), Service(pace=400.0, times=2.0)
    verdict, tally = told(service, slow, range(150, 211), seconds=210)
    assert verdict.kind == Kind.HARMFUL and tally.slowness.starts
    [seconds] = re.findall(r"over \d+ ms in (?:1 min )?(\d+) s", verdict.sentence)
    assert verdict.first_bad_at is not None and verdict.first_bad_at > 60.0, seconds


def test_buckets_that_change_in_the_middle_begin_anew() -> None:
    other = Service(pace=1000.0, bounds=PROMETHEUS, candidate_bounds=PROMETHEUS)
    verdict, tally = told(Service(pace=1000.0), other, range(60, 121))
    assert tally.slowness.renewals == 1
    assert {bound for level in tally.slowness.levels for bound in level.bounds} <= set(PROMETHEUS)
    assert verdict.kind == Kind.HEALTHY


def test_levels_are_chosen_from_history_before_they_are_used_and_stay() -> None:
    tallies = [tally for _, _, tally in judged(Service(), 60, 5, GUARD)]
    first, final = tallies[5].slowness, tallies[-1].slowness
    assert final.levels[: len(first.levels)] == first.levels
    assert [level.target for level in final.levels] == list(TARGETS)
    for level in final.levels:
        assert level.target / 2 <= level.share <= level.target * 2
        assert all(bound is not None and bound >= level.stable for bound in level.worse)
        assert level.stable <= level.margin <= 1.25 * level.stable * (1 + 1e-9)


def test_a_short_history_chooses_only_what_it_knows() -> None:
    tally = last(Service(pace=3.0, before=10), seconds=1)[1]
    known = chosen(tally.stable, BOUNDS, (), since=(0, 0))
    assert known and max(TARGETS) in {level.target for level in known}
    assert all(slower(tally.stable, level.stable) > 0 for level in known)
    assert min(TARGETS) not in {level.target for level in known}


def test_coarse_buckets_compare_what_they_can() -> None:
    coarse = Service(times=3.0, bounds=PROMETHEUS, candidate_bounds=PROMETHEUS)
    assert last(coarse, seconds=150)[0].severity in (Severity.MEDIUM, Severity.HIGH)


def test_changed_buckets_are_compared_at_common_bounds_and_without_one_that_is_said() -> None:
    changed = Service(times=3.0, candidate_bounds=tuple(sorted({*BOUNDS, 0.123, 0.456})))
    assert last(changed, seconds=150)[0].severity == Severity.HIGH
    strange = Service(times=3.0, candidate_bounds=(0.1234, 0.3456, 0.7891))
    verdict, tally = last(strange, seconds=150)
    assert not tally.slowness.levels
    assert (verdict.kind, verdict.sentence) == (
        Kind.NOT_ENOUGH,
        "latency cannot be compared: the buckets of both versions have no bound in common",
    )


def test_without_stable_traffic_latency_is_compared_with_its_history_and_has_to_last() -> None:
    slow = Service(times=2.5, share=1.0, before=60)
    verdict, _ = last(slow, seconds=60)
    assert (verdict.kind, verdict.severity) == (Kind.NOT_ENOUGH, None)
    assert re.search(r"looks slower .* before it lost its traffic; proven if that lasts .* more", verdict.sentence)
    verdict, _ = last(slow, seconds=240)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.HIGH)
    assert "before it lost its traffic" in verdict.sentence
    assert last(Service(share=1.0, before=60))[0].kind == Kind.HEALTHY


def test_a_burst_while_the_candidate_is_alone_convicts_nobody() -> None:
    alone = Service(share=1.0, before=60, pace=1000.0)
    tally = Tally()
    bursts = {*range(30, 60), *range(120, 150)}
    slow = list(scrapes(replace(alone, times=2.0), 240, 7))
    for number, (at, stable, candidate) in enumerate(scrapes(alone, 240, 3)):
        if at == 1.0:
            tally = begin_stage(tally, index=0, of=1, share=1.0, stay_seconds=900.0)
        seen = slow[number][2] if at in bursts else candidate
        tally = absorb(tally, stable=stable if stable.requests else None, candidate=seen)
        assert judge(tally, GUARD, now=at).kind != Kind.HARMFUL


def test_what_is_known_of_latency_survives_its_checkpoint() -> None:
    tally = last(Service(times=2.0), seconds=30)[1]
    assert msgspec.json.decode(msgspec.json.encode(tally), type=Tally) == tally
