"""A service's own past raises what latency is judged by as far as its slow requests cluster, and no further."""

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latency_streams import Candidate, Service, histories, reached
from shipway.analysis import latency_calibration
from shipway.analysis.aa_latency import is_broken, known_latency, latency_noise_of
from shipway.analysis.calibration import Stage
from shipway.analysis.latency_calibration import calibrated_latency, is_clustered, most_dispersed
from shipway.model.latency_noise import CALM, STEADY
from shipway.model.revision import RevisionId
from shipway.model.slow_window import SlowLevel, SlowWindow

ALPHA, RUNS, WINDOWS = 0.01, 400, 120
BURSTY = Service(pace=400.0, kind="own bursts", shares=(0.05, 0.25), stay=300.0)
STAGES = tuple(Stage(share, BURSTY.stay) for share in BURSTY.shares)


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency_calibration, "RUNS", RUNS)


def test_under_bursts_of_its_own_the_promise_holds_only_when_calibrated() -> None:
    noise = calibrated_latency(histories(BURSTY, seed=1, windows=WINDOWS), STAGES, alpha=ALPHA)
    before, after = (
        np.isfinite(reached(BURSTY, one, alpha=ALPHA, runs=1500, seed=9)).mean(axis=1) for one in (CALM, noise)
    )
    assert before[0] > 2.0 * ALPHA
    assert all(after <= ALPHA)
    assert max(noise.extra_nats[0]) > max(noise.extra_nats[2])


def test_a_candidate_twice_as_slow_is_still_found() -> None:
    noise = calibrated_latency(histories(BURSTY, seed=1, windows=WINDOWS), STAGES, alpha=ALPHA)
    found = reached(BURSTY, noise, Candidate(times=2.0), alpha=ALPHA, runs=50, seed=2)
    assert np.median(found[2]) <= 120.0


@pytest.mark.parametrize("kind", ["quiet", "diurnal", "shared bursts"])
def test_what_hits_both_versions_alike_raises_nothing_and_lets_blocks_count_for_more(kind: str) -> None:
    found = histories(replace(BURSTY, kind=kind), seed=1, windows=WINDOWS)
    assert not any(is_clustered(most_dispersed(history)) for history in found)
    assert calibrated_latency(found, STAGES, alpha=ALPHA) == STEADY


def test_where_the_candidate_is_alone_nothing_is_raised() -> None:
    """There harm has to last instead."""
    noise = calibrated_latency(
        histories(BURSTY, seed=1, windows=WINDOWS), (*STAGES, Stage(1.0, 300.0)), alpha=ALPHA
    )
    assert [kind[2] for kind in noise.extra_nats] == [0.0, 0.0, 0.0]
    assert noise.extra_nats[0][0] > 0.0


def test_few_windows_say_nothing() -> None:
    assert calibrated_latency(histories(BURSTY, seed=1, windows=99), STAGES, alpha=ALPHA) == CALM


def window(*, start: float = 0.0, slow: float = 1.0, minutes: int = 30, targets: int = 2) -> SlowWindow:
    """Half an hour in bins of 10 s, each group with 1,000 requests; the one replica is slower for a while."""
    random = np.random.default_rng(round(start))
    bounds, shares = (0.2, 0.25, 0.3, 0.4), (0.12, 0.08, 0.05, 0.02)
    levels = (SlowLevel(0.12, 0.12, 0, (0, 1, 2)), SlowLevel(0.05, 0.05, 2, (2, 3, None)))[:targets]
    speed = np.where(np.arange(180) < 6 * minutes, slow, 1.0)
    counts = [
        [
            tuple(random.poisson(1000.0 * share * times).tolist())
            for times in (speed, 1.0 + 0.0 * speed, 1.0 + 0.0 * speed)
        ]
        for share in shares
    ]
    return SlowWindow(
        start=start,
        revision=RevisionId("v1"),
        bin_seconds=10.0,
        bounds_seconds=bounds,
        levels=levels,
        timed=((1000,) * 180,) * 3,
        slow=tuple(tuple(groups) for groups in counts),
    )


def test_windows_become_histories_of_both_arms() -> None:
    known = known_latency([window(start=float(n)) for n in range(110)])
    assert known.is_enough and not known.is_noisy
    one, half = known.histories
    assert (one.share, half.share) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert one.slow.shape == (6, 180, 110) and half.stable_slow.shape == (2, 180, 110)
    assert one.slow[:, 0, 0].tolist() == [window().slow[place][0][0] for place in (0, 1, 2, 2, 3)] + [0.0]
    assert known.sentence == "slow requests come no more clustered than by chance"
    assert latency_noise_of(known, STAGES, alpha=ALPHA) == STEADY


def test_a_level_that_few_windows_have_is_not_replayed() -> None:
    known = known_latency([window(start=float(n), targets=1 + (n < 50)) for n in range(110)])
    assert known.histories[0].stable_slow.shape[0] == 1


def test_a_replica_that_is_slower_for_minutes_is_broken_and_teaches_nothing() -> None:
    assert not is_broken(window(slow=1.0))
    assert is_broken(window(slow=2.0, minutes=6))
    assert not is_broken(window(slow=2.0, minutes=2))
    known = known_latency([window(start=float(n), slow=2.0) for n in range(110)])
    assert not known.is_enough and known.windows == 0


def test_without_windows_it_says_why() -> None:
    assert "do not time each replica" in known_latency([]).sentence
    assert "3 of 100 windows" in known_latency([window(start=float(n)) for n in range(3)]).sentence
