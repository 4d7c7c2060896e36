"""Simulated rollouts: one at a time through the real judge, or thousands at once through a numpy twin of it.

The twin has its own arithmetic over arrays of runs; tests hold it to the real code on a sample of runs.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import betainc

from shipway.analysis import spending
from shipway.analysis.judge import judge
from shipway.analysis.tally import (
    BLOCK_REQUESTS,
    FORECAST_SECONDS,
    HISTORY_DRIFT,
    Tally,
    absorb,
    begin_stage,
)
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from shipway.model.verdict import Kind, Verdict

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SHARES = (0.05, 0.25, 0.5, 0.75, 1.0)


class Plan(Struct, frozen=True, kw_only=True):
    """A service and the rollout that is made of it, scraped at equal steps."""

    pace: float
    """Requests per second."""
    rate: float
    """The stable version's error rate."""
    shares: tuple[float, ...] = SHARES
    stay: float = 300.0
    step: float = 5.0
    before: float = 60.0
    """Seconds that the stable version is watched before the first stage."""

    def steps(self) -> Iterator[tuple[int, float]]:
        """Stage (-1 before the first) and share of each scrape."""
        yield from ((-1, 0.0) for _ in range(round(self.before / self.step)))
        for index, share in enumerate(self.shares):
            yield from ((index, share) for _ in range(round(self.stay / self.step)))


class Streams(Struct, frozen=True, kw_only=True):
    """Counts by scrape and run."""

    requests: Ints
    errors: Ints
    stable_requests: Ints
    stable_errors: Ints


def drawn(plan: Plan, *, ratio: float, runs: int, seed: int, drift: float = 1.0) -> Streams:
    """Poisson requests and independent errors; the base rate is multiplied by `drift` over the rollout."""
    random = np.random.default_rng(seed)
    shares = np.array([share for _, share in plan.steps()])[:, None]
    rates = plan.rate * np.linspace(1.0, drift, len(shares))[:, None]
    size = (len(shares), runs)
    requests = random.poisson(plan.pace * plan.step * shares, size)
    stable = random.poisson(plan.pace * plan.step * (1.0 - shares), size)
    return Streams(
        requests=requests,
        errors=random.binomial(requests, np.minimum(1.0, rates * ratio)),
        stable_requests=stable,
        stable_errors=random.binomial(stable, np.minimum(1.0, rates)),
    )


def verdicts(plan: Plan, streams: Streams, run: int, guard: Guard) -> Iterator[tuple[float, Verdict, Tally]]:
    """The real judge on one run: seconds since the first stage began, and what it says after each scrape."""
    tally = Tally()
    for number, (index, share) in enumerate(plan.steps()):
        if index >= 0:
            stages = len(plan.shares)
            tally = begin_stage(tally, index=index, of=stages, share=share, stay_seconds=plan.stay)
        stable, candidate = windows(plan, streams, number, run)
        tally = absorb(tally, stable=stable if stable.requests else None, candidate=candidate)
        yield candidate.end - plan.before, judge(tally, guard, now=candidate.end), tally


def windows(plan: Plan, streams: Streams, number: int, run: int) -> tuple[Window, Window]:
    """One scrape: the stable version's and the candidate's."""
    start, end = number * plan.step, (number + 1) * plan.step
    stable = (int(streams.stable_requests[number, run]), int(streams.stable_errors[number, run]))
    candidate = (int(streams.requests[number, run]), int(streams.errors[number, run]))
    return (
        Window(revision=RevisionId("stable"), start=start, end=end, requests=stable[0], errors=stable[1]),
        Window(revision=RevisionId("candidate"), start=start, end=end, requests=candidate[0], errors=candidate[1]),
    )


def convicted_at(plan: Plan, streams: Streams, run: int, guard: Guard) -> float:
    """When the real judge first says harmful; infinity if never."""
    said = verdicts(plan, streams, run, guard)
    return next((seconds for seconds, verdict, _ in said if verdict.kind == Kind.HARMFUL), np.inf)


class Twin:
    """Many runs at once: the comparison only, without limits."""

    def __init__(self, plan: Plan, streams: Streams, *, alpha: float) -> None:
        self.plan, self.streams, self.alpha = plan, streams, alpha
        self.runs = streams.requests.shape[1]
        self.when = np.full(self.runs, np.inf)

    def zeros(self) -> Floats:
        return np.zeros(self.runs)

    def convicted_at(self) -> Floats:
        """When each run is first convicted; infinity if never."""
        self.errors = self.total = self.mean = self.alone = self.alone_errors = self.zeros()
        self.open = [self.zeros() for _ in range(4)]
        self.stable = self.stable_errors = self.seen = self.bad = self.zeros()
        stage = -1
        for number, (index, share) in enumerate(self.plan.steps()):
            if index != stage:
                self._begin(share, number * self.plan.step, index)
                stage = index
            self._absorb(number, index, share)
        return self.when

    def _begin(self, share: float, seconds: float, index: int) -> None:
        self._close(np.ones(self.runs, bool))
        assert seconds >= FORECAST_SECONDS, "the twin knows no stage without a forecast"
        rate = (self.stable_errors + 0.5) / (self.stable + 1.0)
        planned = self.seen / seconds * share * rate * self.plan.stay
        self.planned = np.maximum(spending.PLANNED_MIN, planned)
        before = (self.alone_errors + self.stable_errors) * self._history() if share >= 1.0 else self.mean
        self.end = before + self.planned
        self.promise = spending.part_of(index, len(self.plan.shares))

    def _history(self) -> Floats:
        weight = self.alone * HISTORY_DRIFT
        return np.divide(weight, weight + self.stable, out=self.zeros(), where=weight > 0)

    def _absorb(self, number: int, index: int, share: float) -> None:
        arrays = self.streams
        new = [
            rows[number].astype(float)
            for rows in (arrays.requests, arrays.errors, arrays.stable_requests, arrays.stable_errors)
        ]
        self.stable = self.stable + new[2]
        self.stable_errors = self.stable_errors + new[3]
        self.seen = self.seen + new[0] + new[2]
        self.bad = self.bad + (new[1] > 0)
        if index < 0:
            return
        if share >= 1.0:
            self.alone, self.alone_errors = self.alone + new[0], self.alone_errors + new[1]
            total = self.alone_errors + self.stable_errors
            self._look(number, self.alone_errors, total, total * self._history())
            return
        self.open = [old + more for old, more in zip(self.open, new, strict=True)]
        self._close(np.minimum(self.open[0], self.open[2]) >= BLOCK_REQUESTS)
        errors, total, mean = self._with_open()
        self._look(number, errors, total, mean)

    def _with_open(self) -> tuple[Floats, Floats, Floats]:
        requests, errors, stable, stable_errors = self.open
        both = (requests > 0) & (stable > 0)
        part = np.divide(requests, requests + stable, out=self.zeros(), where=both)
        total = (errors + stable_errors) * both
        return self.errors + errors * both, self.total + total, self.mean + total * part

    def _close(self, full: NDArray[np.bool_]) -> None:
        errors, total, mean = self._with_open()
        self.errors = np.where(full, errors, self.errors)
        self.total = np.where(full, total, self.total)
        self.mean = np.where(full, mean, self.mean)
        self.open = [np.where(full, 0.0, part) for part in self.open]

    def _look(self, number: int, errors: Floats, total: Floats, mean: Floats) -> None:
        steep = np.where(
            self.planned <= spending.SPARSE, 2.0, np.where(self.planned <= spending.MIDDLING, 1.0, 0.5)
        )
        less = np.where(steep == 2.0, 0.9, np.where(steep == 1.0, 0.35, 0.0))
        needed = np.log(1 / self.alpha) + np.clip(1.17 + 0.24 * np.log(self.end), 0.45, 2.6) - less
        can = (errors > mean) & (self.bad >= 2) & np.isinf(self.when) & (mean > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            done = np.log(mean / self.end)
            spent = steep * np.minimum(0.0, done) - 2.0 * np.maximum(0.0, done)
            tail = betainc(errors[can], total[can] - errors[can] + 1, mean[can] / total[can])
        score = -np.log(np.maximum(tail, 1e-300)) + np.log(self.promise) + spent[can]
        hit = np.flatnonzero(can)[score >= needed[can]]
        self.when[hit] = (number + 1) * self.plan.step - self.plan.before
