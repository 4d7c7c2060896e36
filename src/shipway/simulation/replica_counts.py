"""Counts of simulated replicas: equal ones, each with bursts of errors of its own where the scenario has them."""

from collections.abc import Callable
from random import Random

from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.simulation.faults import Bursts, Code
from shipway.simulation.metrics import draw
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.timeline import Timeline


class SimulatedReplicaCounts:
    """`ReplicaCounts` over virtual time. It draws from a seed of its own, so that looking changes nothing else."""

    def __init__(
        self,
        timeline: Timeline,
        platform: SimulatedPlatform,
        *,
        rate: Callable[[float], float],
        bursts: Bursts | None,
        seed: int,
    ) -> None:
        self.timeline, self.platform, self.rate, self.bursts = timeline, platform, rate, bursts
        self.random = Random(seed)
        self._counts: dict[str, Counts] = {}
        self._turns: dict[str, tuple[float, bool]] = {}
        """By replica: when its burst or gap ends, and whether it is a burst."""
        self._since = 0.0

    async def by_replica(self, revision: RevisionId) -> Sample:
        """Up to now, without latencies; requests are divided evenly between the replicas that are ready."""
        since, self._since = self._since, self.timeline.now()
        ready = sorted(copy.id for copy in self.platform.of(revision) if copy.is_ready)
        self._counts = {name: self._counts.get(name, Counts()) for name in ready}
        failing = self.platform.codes.get(revision, Code()).error_rate
        for name in ready:
            self._meet(name, since, self.rate(self._since) / len(ready), failing)
        return Sample(revision=revision, at=self._since, series=dict(self._counts))

    def _meet(self, name: str, since: float, rate: float, failing: float) -> None:
        seconds = self._since - since
        weight = seconds + (self._burst_seconds(name, since) * (self.bursts.times - 1.0) if self.bursts else 0.0)
        requests = draw(rate * seconds, self.random)
        errors = min(requests, draw(rate * failing * weight, self.random))
        before = self._counts[name]
        self._counts[name] = Counts(requests=before.requests + requests, errors=before.errors + errors)

    def _burst_seconds(self, name: str, since: float) -> float:
        """How much of the time since then was a burst."""
        assert self.bursts is not None
        found, at = 0.0, since
        until, is_burst = self._turns.get(name, (since, True))
        while at < self._since:
            if until <= at:
                is_burst = not is_burst
                mean = self.bursts.seconds if is_burst else self.bursts.gap_seconds
                until = at + self.random.expovariate(1.0 / mean)
            step = min(until, self._since) - at
            found, at = found + step * is_burst, at + step
        self._turns[name] = (until, is_burst)
        return found
