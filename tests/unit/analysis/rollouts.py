"""Simulated rollouts: one at a time through the real judge, or thousands at once in lockstep."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from shipway.analysis.judge import judge
from shipway.analysis.lockstep import Lockstep, Scrape
from shipway.analysis.tally import Tally, absorb, begin_stage
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


class Together:
    """Many runs at once: the comparison only, without limits."""

    def __init__(self, plan: Plan, streams: Streams, *, alpha: float) -> None:
        self.plan, self.streams, self.alpha = plan, streams, alpha

    def convicted_at(self) -> Floats:
        """When each run is first convicted; infinity if never."""
        runs, stage = self.streams.requests.shape[1], -1
        lockstep, when = Lockstep(runs), np.full(runs, np.inf)
        for number, (index, share) in enumerate(self.plan.steps()):
            if index != stage:
                lockstep.begin_stage(of=len(self.plan.shares), share=share, stay_seconds=self.plan.stay)
                stage = index
            lockstep.absorb(self._scrape(number))
            is_bad = lockstep.excesses(self.alpha, least=0.0) >= 0.0
            when[is_bad & np.isinf(when)] = (number + 1) * self.plan.step - self.plan.before
        return when

    def _scrape(self, number: int) -> Scrape:
        arms = self.streams
        each = (arms.requests, arms.errors, arms.stable_requests, arms.stable_errors)
        return Scrape(*(counts[number].astype(float) for counts in each), seconds=self.plan.step)
