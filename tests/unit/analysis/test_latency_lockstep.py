"""Many runs' latencies at once score as each alone does."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latencies import BOUNDS, below, drawn
from shipway.analysis.bounds import WORSE_BY, Level
from shipway.analysis.latency import slower_at
from shipway.analysis.latency_lockstep import LatencyLockstep, Scrape
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET
from shipway.model.sample import Window

ALPHA, STAY_SECONDS = 0.001, 200.0
CALIBRATED = LatencyNoise(block_seconds=10.0, extra_nats=((3.0, 1.0), (2.0, 0.0), (0.5, 0.25)))
LEARNT = round(STAY_SECONDS / 5.0) + 2
"""Scrapes until the levels are chosen: those of one history."""
HOPELESS = -8.0
"""No slower than expected scores about this, or is left out."""
Pair = tuple[Window, Window]


def pairs(shares: tuple[float, ...], times: float, seed: int) -> list[Pair]:
    """Scrapes of five seconds: first the stable version alone, for long enough to know every level."""
    random, found = np.random.default_rng(seed), []
    for order, share in enumerate((0.0, *shares)):
        for _ in range(round(STAY_SECONDS / 5.0)):
            speed = times if order == len(shares) and random.random() < 0.7 else 1.0
            counts = random.poisson((300.0 * (1.0 - share), 300.0 * share))
            at = 5.0 * len(found)
            ours, theirs = (
                drawn(random, at, int(count), below(BOUNDS, one, 0.0), BOUNDS)
                for count, one in zip(counts, (1.0, speed), strict=True)
            )
            found.append((longer(ours), longer(theirs)))
    return found


def longer(window: Window) -> Window:
    return replace(window, end=window.start + 5.0)


def excesses_alone(
    run: list[Pair], shares: tuple[float, ...], noise: LatencyNoise
) -> tuple[list[Level], np.ndarray]:
    """By scrape and kind."""
    tally, found, each = calibrated(Tally(), QUIET, noise), [], round(STAY_SECONDS / 5.0)
    for number, (stable, candidate) in enumerate(run):
        order = number // each - 1
        if order >= 0 and number % each == 0:
            tally = begin_stage(tally, index=order, of=len(shares), share=shares[order], stay_seconds=STAY_SECONDS)
        tally = absorb(tally, stable=stable if stable.requests else None, candidate=candidate)
        told = slower_at(tally, alpha=ALPHA)
        found.append([max((e.excess for e in told if e.worse_by == by), default=-math.inf) for by in WORSE_BY])
    return list(tally.slowness.levels), np.array(found)


def counts_of(run: list[Pair], levels: list[Level]) -> list[tuple[np.ndarray, np.ndarray]]:
    def over(window: Window, bound: float) -> float:
        return window.requests - window.buckets[BOUNDS.index(bound)]

    return [
        (
            np.array([over(candidate, bound) for level in levels for bound in level.worse if bound], float),
            np.array([over(stable, level.stable) for level in levels], float),
        )
        for stable, candidate in run
    ]


def excesses_together(
    runs: list[list[Pair]], levels: list[Level], shares: tuple[float, ...], noise: LatencyNoise
) -> np.ndarray:
    lockstep = LatencyLockstep(np.array([level.share for level in levels]), len(runs), noise)
    slow, found, each = [counts_of(run, levels) for run in runs], [], round(STAY_SECONDS / 5.0)
    for number in range(len(runs[0])):
        order = number // each - 1
        if order >= 0 and number % each == 0:
            lockstep.begin_stage(of=len(shares), share=shares[order], stay_seconds=STAY_SECONDS)
        lockstep.absorb(
            Scrape(
                requests=np.array([run[number][1].requests for run in runs], float),
                slow=np.array([one[number][0] for one in slow]).T,
                stable_requests=np.array([run[number][0].requests for run in runs], float),
                stable_slow=np.array([one[number][1] for one in slow]).T,
                seconds=5.0,
            )
        )
        found.append(lockstep.excesses(ALPHA))
    return np.array(found).transpose(2, 0, 1)


@pytest.mark.parametrize("noise", [CALM, CALIBRATED])
@pytest.mark.parametrize("shares", [(0.05,), (0.1, 0.5), (0.05, 0.25)])
def test_many_runs_at_once_score_as_each_alone(shares: tuple[float, ...], noise: LatencyNoise) -> None:
    times = (1.0, 1.3, 2.0)
    runs = [pairs(shares, one, seed) for seed, one in enumerate(times)]
    for run in runs:
        run[:LEARNT] = runs[0][:LEARNT]
    told = [excesses_alone(run, shares, noise) for run in runs]
    levels = told[0][0]
    assert all(one == levels for one, _ in told)
    assert all(bound is not None for level in levels for bound in level.worse)
    together, one_by_one = excesses_together(runs, levels, shares, noise), np.array([each for _, each in told])
    known = one_by_one > HOPELESS
    assert known.mean() > 0.08
    assert (together[~known] <= HOPELESS).all()
    assert together[known] == pytest.approx(one_by_one[known], abs=1e-9, rel=1e-9)
    assert (together[2] > 0.0).any()
