"""Simulated latencies: a lognormal service, counted in the buckets that Envoy is given."""

import math
from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.random import Generator
from scipy.special import ndtr, ndtri

from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from shipway.model.verdict import Verdict

BOUNDS = tuple(bound / 1000.0 for bound in BOUNDS_MILLISECONDS)
SPREAD = 0.6
"""Sigma: the p99 is four times the median."""


class Service(Struct, frozen=True, kw_only=True):
    """Requests a second, how they are divided, and how slow the candidate is."""

    pace: float = 100.0
    share: float = 0.05
    times: float = 1.0
    """The candidate's latencies over the stable version's."""
    tail: float = 1.0
    """The candidate's p99 over the stable version's, with the same median: its spread is larger."""
    far: float = 0.0
    """The share of the candidate's requests that take 0.6 seconds instead."""
    rate: float = 0.0
    """The share of both versions' requests that fail."""
    before: int = 20
    """Scrapes, of a second each, without the candidate."""
    bounds: tuple[float, ...] = BOUNDS
    candidate_bounds: tuple[float, ...] = BOUNDS
    stay: float = 900.0
    noise: LatencyNoise = CALM
    """What is known of its past."""


def below(bounds: tuple[float, ...], times: float, far: float, tail: float = 1.0) -> list[float]:
    """Shares of requests up to each bound, of a service with a median of 0.1 seconds."""
    spread = SPREAD + math.log(tail) / float(-ndtri(0.01))
    body = ndtr(np.log(np.array(bounds) / 0.1 / times) / spread)
    slow = np.array(bounds) >= 0.6
    return [float(value) for value in (1 - far) * body + far * slow]


def drawn(
    random: Generator, start: float, requests: int, shares: list[float], bounds: tuple[float, ...]
) -> Window:
    """A scrape of one second."""
    parts = np.diff([0.0, *shares, 1.0])
    counts = np.cumsum(random.multinomial(requests, np.maximum(parts, 0.0) / np.maximum(parts, 0.0).sum()))
    return Window(
        revision=RevisionId("any"),
        start=start,
        end=start + 1.0,
        requests=requests,
        buckets=tuple(int(count) for count in counts[:-1]) if bounds else (),
        bounds_seconds=bounds,
    )


def scrapes(
    service: Service, seconds: int, seed: int, *, onset: int = 0
) -> Iterator[tuple[float, Window, Window]]:
    """Both versions, once a second, from the candidate's first request on, negative times before; until the onset
    the candidate is like the stable version."""
    random = np.random.default_rng(seed)
    stable, bounds = below(service.bounds, 1.0, 0.0), service.candidate_bounds
    changed, equal = below(bounds, service.times, service.far, service.tail), below(bounds, 1.0, 0.0)
    for at in range(-service.before, seconds):
        share = service.share if at >= 0 else 0.0
        ours, theirs = random.poisson(service.pace * share), random.poisson(service.pace * (1.0 - share))
        one = drawn(random, at, int(theirs), stable, service.bounds)
        other = drawn(random, at, int(ours), changed if at >= onset else equal, bounds)
        yield at + 1.0, _failing(one, service, random), _failing(other, service, random)


def _failing(window: Window, service: Service, random: Generator) -> Window:
    return replace(window, errors=int(random.binomial(window.requests, service.rate))) if service.rate else window


def judged(
    service: Service, seconds: int, seed: int, guard: Guard, *, onset: int = 0
) -> Iterator[tuple[float, Verdict, Tally]]:
    """What the real judge says after each scrape with the candidate."""
    tally = calibrated(Tally(), QUIET, service.noise)
    for at, stable, candidate in scrapes(service, seconds, seed, onset=onset):
        if at == 1.0:
            tally = begin_stage(tally, index=0, of=1, share=service.share, stay_seconds=service.stay)
        tally = absorb(tally, stable=stable if stable.requests else None, candidate=candidate)
        if at > 0:
            yield at, judge(tally, guard, now=at), tally
