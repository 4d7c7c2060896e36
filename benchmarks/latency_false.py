"""How often equal candidates are taken for slower, over whole rollouts, by the comparison of latency alone."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.random import Generator
from scipy.stats import binomtest

from benchmarks.latencies import BOUNDS, below, drawn
from benchmarks.report import Figure, Table
from shipway.analysis.latency_verdict import verdict_of_latency
from shipway.analysis.promise import LATENCY
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.model.policy import Guard
from shipway.model.sample import Window
from shipway.model.verdict import Kind, Severity

SHARES = (0.01, 0.05, 0.1, 0.25, 0.5)
STAY_SECONDS, LEARN_SECONDS, STEP_SECONDS = 600, 60, 5
RUNS, FULL_RUNS, RUNS_EACH = 400, 8000, 20
ALPHA = Guard().false_rollback * LATENCY
BACK = (Severity.HIGH, Severity.CRITICAL)


class Service(Struct, frozen=True, kw_only=True):
    """Equal versions."""

    pace: float
    times: float = 1.0
    """By how much each version is slower in bursts of its own, …"""
    seconds: float = 15.0
    gap_seconds: float = 600.0
    """… so long, and so far apart in the mean."""

    @property
    def name(self) -> str:
        """For the table."""
        calm = f"{self.pace:g}/s"
        return f"{calm}, {self.times:g} times as slow for {self.seconds:g} s" if self.times > 1.0 else calm


SERVICES = (
    Service(pace=100.0),
    Service(pace=1000.0),
    Service(pace=100.0, times=2.0),
    Service(pace=1000.0, times=2.0),
)


class Wrong(Struct, frozen=True):
    """Of one service's rollouts."""

    service: Service
    runs: int
    flagged: int
    """Called slower at all: noted, where it is by less than a quarter."""
    held: int
    """By more than a quarter: held, and taken back after fifteen minutes of it."""
    back: int


RANKS = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


def worst_of(service: Service, seed: int) -> Severity | None:
    """The worst that one rollout of an equal candidate was taken for."""
    random, found = np.random.default_rng(seed), None
    tally = Tally()
    for index, share in enumerate((0.0, *SHARES)):
        if share:
            tally = begin_stage(tally, index=index - 1, of=len(SHARES), share=share, stay_seconds=STAY_SECONDS)
        for at, stable, candidate in _scrapes(service, index, share, random):
            tally = absorb(tally, stable=stable, candidate=candidate)
            said = verdict_of_latency(tally, alpha=ALPHA, now=at) if share else None
            if said is not None and said.kind == Kind.HARMFUL:
                found = max(found or Severity.LOW, said.severity or Severity.LOW, key=RANKS.index)
                if found in BACK:
                    return found
    return found


def _scrapes(
    service: Service, index: int, share: float, random: Generator
) -> Iterator[tuple[float, Window, Window]]:
    start = LEARN_SECONDS + (index - 1) * STAY_SECONDS if index else 0
    length = STAY_SECONDS if index else LEARN_SECONDS
    paces = [service.pace * part for part in (1.0 - share, share)]
    is_slow = [False, False]
    for at in range(start, start + length, STEP_SECONDS):
        is_slow = [_turned(service, one, random) for one in is_slow]
        windows = [_window(service, at, pace, slow, random) for pace, slow in zip(paces, is_slow, strict=True)]
        yield float(at + STEP_SECONDS), windows[0], windows[1]


def _turned(service: Service, is_slow: bool, random: Generator) -> bool:
    mean = service.seconds if is_slow else service.gap_seconds
    return is_slow != bool(service.times > 1.0 and random.random() < STEP_SECONDS / mean)


def _window(service: Service, at: float, pace: float, is_slow: bool, random: Generator) -> Window:
    shares = below(BOUNDS, service.times if is_slow else 1.0, 0.0)
    found = drawn(random, at, int(random.poisson(pace * STEP_SECONDS)), shares, BOUNDS)
    return replace(found, end=at + STEP_SECONDS)


def _counted(work: tuple[Service, int]) -> tuple[int, int, int]:
    service, first = work
    worst = [worst_of(service, seed) for seed in range(first, first + RUNS_EACH)]
    held = sum(one is not None and one != Severity.LOW for one in worst)
    return sum(one is not None for one in worst), held, sum(one in BACK for one in worst)


def measured(runs: int) -> list[Wrong]:
    """Every service, on as many processes as this may use."""
    found = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for service in SERVICES:
            parts = list(pool.map(_counted, [(service, first) for first in range(0, runs, RUNS_EACH)]))
            found.append(Wrong(service, runs, *(sum(each) for each in zip(*parts, strict=True))))
    return found


def figure(found: list[Wrong]) -> Figure:
    """What independent latencies are flagged at, against what the promise gives to latency."""
    calm = [each for each in found if each.service.times == 1.0]
    rate = 100.0 * sum(each.flagged for each in calm) / sum(each.runs for each in calm)
    return Figure(value=rate, target=100.0 * ALPHA, unit="%", what="of equal ones called slower", or_equal=True)


def table(found: list[Wrong]) -> Table:
    """With what so many rollouts can say."""
    return Table(
        title="Equal candidates called slower, by rollout",
        columns=("service", "rollouts", "called slower %", "held %", "taken back %", "95% interval of the latter"),
        rows=tuple(_row(each) for each in found),
        note=f"The comparison of latency alone, at its part of the promise, {100.0 * ALPHA:g}%: rollouts of 1, 5, "
        f"10, 25 and 50% for {STAY_SECONDS // 60} minutes each, a scrape every {STEP_SECONDS} s. It is not "
        "calibrated on the service's past: bursts of one version alone, every ten minutes, are not what the "
        "promise is for.",
    )


def _row(found: Wrong) -> tuple[str, ...]:
    interval = binomtest(found.back, found.runs).proportion_ci()
    return (
        found.service.name,
        f"{found.runs:,}",
        f"{100 * found.flagged / found.runs:.3f}",
        f"{100 * found.held / found.runs:.3f}",
        f"{100 * found.back / found.runs:.3f}",
        f"{100 * interval.low:.3f} to {100 * interval.high:.3f}",
    )
