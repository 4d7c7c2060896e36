"""Slow requests of one service during a rollout, by scrape and run; versions are equal unless said otherwise.

Latencies are lognormal, requests Poisson. What differs between the kinds is what else makes them slower:

- quiet: nothing;
- diurnal: traffic by up to 60% and latency by up to 50%, in both versions alike, over `DAY_SECONDS`;
- shared bursts: both versions are slower for 20 s, every ten minutes;
- own bursts: each version is slower for 15 s, every ten minutes, independently of the other.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from shipway.analysis.bounds import TARGETS, WORSE_BY
from shipway.analysis.latency_calibration import SlowHistory
from shipway.analysis.latency_lockstep import CELLS, LatencyLockstep, Scrape
from shipway.engine.resting import BIN_SECONDS, BINS
from shipway.model.latency_noise import CALM, LatencyNoise

Floats = NDArray[np.float64]

STEP = 5.0
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5)
STAY_SECONDS, LEARN_SECONDS = 600.0, 60.0
SPREAD = 0.6
"""Sigma: the p99 is four times the median."""
DAY_SECONDS, TRAFFIC_SWING, LATENCY_SWING = 3 * 3600.0, 0.6, 0.5
GAP_SECONDS, SHARED_SECONDS, OWN_SECONDS = 600.0, 20.0, 15.0
BURST_SECONDS = {"shared bursts": SHARED_SECONDS, "own bursts": OWN_SECONDS}
HISTORY_SHARES, HISTORY_WINDOWS = (0.25, 0.5), 300
LEVELS = np.array(TARGETS)
FAR = -ndtri(LEVELS)
"""Each level's distance from the median, in sigmas."""


class Service(Struct, frozen=True, kw_only=True):
    """Requests a second of both versions, and what happens to them."""

    pace: float
    kind: str = "quiet"
    burst: float = 2.0
    """By how much a burst is slower."""
    shares: tuple[float, ...] = SHARES
    stay: float = STAY_SECONDS


class Candidate(Struct, frozen=True, kw_only=True):
    """How it differs from the stable version, from an instant of the rollout on."""

    times: float = 1.0
    """All of its latencies over the stable version's, …"""
    tail: float = 1.0
    """… or its p99 with the same median: the spread is larger."""
    since: float = 0.0


EQUAL = Candidate()


def beyond(times: Floats, candidate: Candidate = EQUAL) -> Floats:
    """The shares of requests over each cell's bound, by cell and run, at `times` the usual latency."""
    spread = SPREAD + math.log(candidate.tail) / float(-ndtri(0.01))
    bounds = (SPREAD * FAR[:, None] + np.log1p(np.array(WORSE_BY))).reshape(-1, 1)
    found: Floats = ndtr(-(bounds - np.log(times * candidate.times)) / spread)
    return found


class Moving:
    """By how much both versions are slower and busier, scrape by scrape."""

    def __init__(self, service: Service, runs: int, random: Generator) -> None:
        self.service, self.runs, self.random = service, runs, random
        self.seconds = 0.0
        self.phase = random.random(runs) * 2.0 * math.pi
        self.is_slow = np.zeros((2, runs), bool)

    def next(self) -> tuple[Floats, Floats]:
        """Latency by version and run, and traffic by run."""
        still = np.ones((2, self.runs)), np.ones(self.runs)
        self.seconds += STEP
        if self.service.kind == "diurnal":
            turn = np.sin(self.phase + 2.0 * math.pi * self.seconds / DAY_SECONDS)
            return np.tile(1.0 + LATENCY_SWING * turn, (2, 1)), 1.0 + TRAFFIC_SWING * turn
        if self.service.kind not in BURST_SECONDS:
            return still
        ends = np.where(self.is_slow, STEP / BURST_SECONDS[self.service.kind], STEP / GAP_SECONDS)
        self.is_slow = self.is_slow != (self.random.random((2, self.runs)) < ends)
        if self.service.kind == "shared bursts":
            self.is_slow[1] = self.is_slow[0]
        return np.where(self.is_slow, self.service.burst, 1.0), still[1]


def scrape(
    moving: Moving, share: float, candidate: Candidate, random: Generator, *, at: float = math.inf
) -> Scrape:
    """The next scrape of every run, with the candidate as it is at that instant."""
    latency, traffic = moving.next()
    total = moving.service.pace * STEP * traffic
    changed = candidate if at >= candidate.since else EQUAL
    requests, stable = random.poisson(total * share), random.poisson(total * (1.0 - share))
    return Scrape(
        requests=requests.astype(float),
        slow=random.binomial(requests, beyond(latency[0], changed)).astype(float),
        stable_requests=stable.astype(float),
        stable_slow=random.binomial(stable, beyond(latency[1])[::CELLS]).astype(float),
        seconds=STEP,
    )


def rollouts(
    service: Service, candidate: Candidate, lockstep: LatencyLockstep, runs: int, *, seed: int
) -> Iterator[float]:
    """Moves `lockstep` through whole rollouts; seconds since the candidate's first request, after each scrape."""
    random = np.random.default_rng(seed)
    moving, at = Moving(service, runs, random), 0.0
    for _ in range(round(LEARN_SECONDS / STEP)):
        lockstep.absorb(scrape(moving, 0.0, candidate, random))
    for share in service.shares:
        lockstep.begin_stage(of=len(service.shares), share=share, stay_seconds=service.stay)
        for _ in range(round(service.stay / STEP)):
            lockstep.absorb(scrape(moving, share, candidate, random, at=at))
            at += STEP
            yield at


def reached(
    service: Service,
    noise: LatencyNoise = CALM,
    candidate: Candidate = EQUAL,
    *,
    alpha: float,
    runs: int,
    seed: int,
) -> Floats:
    """When each run is first called slower by each of `WORSE_BY`, by kind and run; infinity where never."""
    lockstep = LatencyLockstep(LEVELS, runs, noise)
    found = np.full((CELLS, runs), math.inf)
    for at in rollouts(service, candidate, lockstep, runs, seed=seed):
        is_new = (lockstep.excesses(alpha, least=0.0) >= 0.0) & ~np.isfinite(found)
        found = np.where(is_new, at, found)
        if np.isfinite(found).all():
            break
    return found


def histories(service: Service, *, seed: int, windows: int = HISTORY_WINDOWS) -> list[SlowHistory]:
    """Windows of the stable version alone as they are recorded, a quarter and a half of its replicas one arm."""
    return [_history(service, share, windows, seed + round(1000 * share)) for share in HISTORY_SHARES]


def _history(service: Service, share: float, windows: int, seed: int) -> SlowHistory:
    random = np.random.default_rng(seed)
    moving, each = Moving(service, windows, random), round(BIN_SECONDS / STEP)
    bins = [_bin([scrape(moving, share, EQUAL, random) for _ in range(each)]) for _ in range(BINS)]
    requests, slow, stable, stable_slow = (np.stack(rows) for rows in zip(*bins, strict=True))
    return SlowHistory(
        share=share,
        step_seconds=BIN_SECONDS,
        shares=LEVELS,
        requests=requests,
        slow=slow.transpose(1, 0, 2),
        stable_requests=stable,
        stable_slow=stable_slow.transpose(1, 0, 2),
    )


def _bin(scrapes: Sequence[Scrape]) -> tuple[Floats, Floats, Floats, Floats]:
    rows = [(one.requests, one.slow, one.stable_requests, one.stable_slow) for one in scrapes]
    requests, slow, stable, stable_slow = (sum(each[1:], each[0]) for each in zip(*rows, strict=True))
    return requests, slow, stable, stable_slow
