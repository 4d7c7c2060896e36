"""Synthetic traffic of one service during a rollout: what the stable version and a candidate answer, by scrape.

Requests are Poisson, errors binomial, and the candidate's error rate is the stable version's times a constant
from the first second. What differs between the kinds is what else moves the error rate:

- quiet: nothing;
- diurnal: traffic by up to 60% and error rates by up to 70%, in both versions alike, over `DAY_SECONDS`;
- shared bursts: both versions fail ten times as often for 20 s, every ten minutes;
- own noise: each version's rate has gamma noise of variance 0.5 in every scrape (negative binomial errors);
- own bursts: each version fails ten times as often for 15 s, every ten minutes, independently of the other.
"""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from shipway.analysis.calibration import History
from shipway.analysis.lockstep import Scrape
from shipway.engine.resting import BIN_SECONDS

Floats = NDArray[np.float64]

STEP = 5.0
LEARN_SECONDS = 60.0
"""The stable version is watched this long before the candidate gets its first request."""
STAY_SECONDS = 1800.0
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5)
WHOLE = (*SHARES, 1.0)
"""With the stage after them, in which the candidate is alone."""
DAY_SECONDS = 3 * 3600.0
"""A day, pressed so that a rollout sees most of it."""
TRAFFIC_SWING, RATE_SWING = 0.6, 0.7
BURST_TIMES, GAP_SECONDS = 10.0, 600.0
SHARED_SECONDS, OWN_SECONDS = 20.0, 15.0
NOISE_VARIANCE = 0.5


class Service(Struct, frozen=True):
    """Requests per second of both versions, the stable one's error rate and the shares of the rollout."""

    pace: float
    rate: float
    shares: tuple[float, ...] = SHARES
    kind: str = "quiet"
    stay: float = STAY_SECONDS

    @property
    def steps(self) -> NDArray[np.float64]:
        """The candidate's share by scrape; 0 before the first stage."""
        each = round(self.stay / STEP)
        return np.repeat([0.0, *self.shares], [round(LEARN_SECONDS / STEP), *(each for _ in self.shares)])

    @property
    def lambda_(self) -> float:
        """Candidate errors expected in the first stage from a healthy candidate."""
        return self.pace * self.rate * self.shares[0] * self.stay


class Streams(Struct, frozen=True):
    """Counts by scrape and run."""

    requests: Floats
    errors: Floats
    stable_requests: Floats
    stable_errors: Floats

    def scrapes(self) -> Iterator[Scrape]:
        """One after the other."""
        for each in zip(self.requests, self.errors, self.stable_requests, self.stable_errors, strict=True):
            yield Scrape(*each, seconds=STEP)


class Moves(Struct, frozen=True):
    """By what traffic and the two error rates are multiplied, by scrape and run."""

    traffic: Floats | float = 1.0
    candidate: Floats | float = 1.0
    stable: Floats | float = 1.0


HISTORY_SHARES = (0.25, 0.5)
HISTORY_WINDOWS = 300
"""Of half an hour each: about a week."""
HISTORY_SCRAPES = round(BIN_SECONDS / STEP)
"""In one bin of what a guard records of a service at rest."""


def histories(service: Service, *, seed: int) -> list[History]:
    """Windows of the stable version alone as they are recorded, a quarter and a half of its replicas one arm."""
    found = []
    for share in HISTORY_SHARES:
        alone = replace(service, shares=(share,), stay=STAY_SECONDS)
        streams = drawn(alone, ratio=1.0, runs=HISTORY_WINDOWS, seed=seed + round(1000 * share))
        skipped = round(LEARN_SECONDS / STEP)
        arrays = (streams.requests, streams.errors, streams.stable_requests, streams.stable_errors)
        names = ("requests", "errors", "stable_requests", "stable_errors")
        counts = dict(zip(names, (_binned(each[skipped:]) for each in arrays), strict=True))
        found.append(History(share=share, step_seconds=BIN_SECONDS, **counts))
    return found


def _binned(counts: Floats) -> Floats:
    found: Floats = counts.reshape(-1, HISTORY_SCRAPES, counts.shape[1]).sum(axis=1)
    return found


Size = tuple[int, int]
Kind = Callable[[np.random.Generator, Size], Moves]


def drawn(service: Service, *, ratio: float, runs: int, seed: int, since: float = 0.0) -> Streams:
    """Streams of so many rollouts; the candidate's rate is `ratio` times the stable version's from `since` on."""
    random = np.random.default_rng(seed)
    shares = service.steps[:, None]
    moves = KINDS[service.kind](random, (len(shares), runs))
    total = service.pace * STEP * moves.traffic
    requests = random.poisson(np.broadcast_to(total * shares, (len(shares), runs)))
    stable = random.poisson(np.broadcast_to(total * (1.0 - shares), (len(shares), runs)))
    late = np.arange(len(shares))[:, None] * STEP >= LEARN_SECONDS + since
    rate = service.rate * np.where(late, ratio, 1.0)
    return Streams(
        requests=requests.astype(float),
        errors=random.binomial(requests, np.minimum(1.0, rate * moves.candidate)).astype(float),
        stable_requests=stable.astype(float),
        stable_errors=random.binomial(stable, np.minimum(1.0, service.rate * moves.stable)).astype(float),
    )


def _quiet(random: np.random.Generator, size: Size) -> Moves:
    return Moves()


def _diurnal(random: np.random.Generator, size: Size) -> Moves:
    phase = 2 * np.pi * np.arange(size[0])[:, None] * STEP / DAY_SECONDS
    traffic = 1.0 + TRAFFIC_SWING * np.sin(phase + random.uniform(0, 2 * np.pi, size[1]))
    rate = 1.0 + RATE_SWING * np.sin(phase + random.uniform(0, 2 * np.pi, size[1]))
    return Moves(traffic, rate, rate)


def _shared_bursts(random: np.random.Generator, size: Size) -> Moves:
    bursts = _bursts(random, size, SHARED_SECONDS)
    return Moves(candidate=bursts, stable=bursts)


def _own_bursts(random: np.random.Generator, size: Size) -> Moves:
    return Moves(candidate=_bursts(random, size, OWN_SECONDS), stable=_bursts(random, size, OWN_SECONDS))


def _own_noise(random: np.random.Generator, size: Size) -> Moves:
    shape = 1.0 / NOISE_VARIANCE
    return Moves(candidate=random.gamma(shape, 1.0 / shape, size), stable=random.gamma(shape, 1.0 / shape, size))


def _bursts(random: np.random.Generator, size: Size, seconds: float) -> Floats:
    """Bursts and gaps of geometric length, in their long-run proportion from the first scrape on."""
    begin, end = STEP / GAP_SECONDS, STEP / seconds
    is_bad = random.random(size[1]) < begin / (begin + end)
    found = np.empty(size)
    for row, chance in zip(found, random.random(size), strict=True):
        is_bad = np.where(is_bad, chance >= end, chance < begin)
        row[:] = np.where(is_bad, BURST_TIMES, 1.0)
    return found


KINDS: dict[str, Kind] = {
    "quiet": _quiet,
    "diurnal": _diurnal,
    "shared bursts": _shared_bursts,
    "own noise": _own_noise,
    "own bursts": _own_bursts,
}
