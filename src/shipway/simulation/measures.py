"""What people measure beside requests, of simulated users.

A bound is kept by half, events are a hundredth of requests, levels waver by a twentieth. Code may have all of them
so many times as bad.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp
from random import Random

from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.metric import CPU, RESTARTS, Metric, Reading
from shipway.model.revision import RevisionId
from shipway.simulation.faults import Faults
from shipway.simulation.metrics import SimulatedMetrics, draw

EVENTS_PER_REQUEST = 0.01
RARE_PER_REQUEST = 0.001
"""Of events that must not happen, in code that is worse."""
RESTARTS_PER_HOUR = 0.5
CPU_SECONDS_PER_REQUEST = 0.01
LEVEL, WAVERS = 100.0, 0.05
HOUR = 3600.0


class SimulatedMeasures:
    """A `Measures` for queries and resources alike."""

    def __init__(
        self, users: SimulatedMetrics, *, faults: Faults, times: Callable[[RevisionId], float], seed: int
    ) -> None:
        self.users, self.faults, self.times = users, faults, times
        self.random = Random(seed)
        self._counted: dict[tuple[str, RevisionId], tuple[float, float]] = {}

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """Nothing can be wrong with a query that nobody reads."""
        return {}

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """All of them. Raises `PortError` while the scenario takes the metrics away."""
        now = self.users.timeline.now()
        if self.faults.metrics_gone_from <= now < self.faults.metrics_gone_to:
            raise PortError("the simulated metrics are gone", why="a fault of the scenario")
        self.users.flow()
        return {metric.name: {name: self._reading(metric, name, now) for name in revisions} for metric in metrics}

    def _reading(self, metric: Metric, revision: RevisionId, now: float) -> Reading:
        requests, times = self.users.requests.get(revision, 0.0), self.times(revision)
        if metric.resource == CPU:
            each = CPU_SECONDS_PER_REQUEST * times * self._wavering()
            return Reading(at=now, value=self._adding((metric.name, revision), requests, each))
        if metric.is_level:
            return Reading(at=now, value=self._usual(metric, LEVEL, times) * self._wavering())
        hours = now / HOUR
        of = hours if metric.resource == RESTARTS else requests
        rate = self._usual(metric, RESTARTS_PER_HOUR if metric.resource == RESTARTS else EVENTS_PER_REQUEST, times)
        if metric.any_is_critical:
            rate = RARE_PER_REQUEST * (times - 1.0)
        value = self._counting((metric.name, revision), of, rate)
        return Reading(at=now, value=value, of=of if metric.of or metric.resource == RESTARTS else None)

    def _usual(self, metric: Metric, usual: float, times: float) -> float:
        """Half of what a bound allows, or twice what it asks for."""
        if metric.at_most is not None:
            return metric.at_most / 2.0 * times
        return metric.at_least * 2.0 / times if metric.at_least is not None else usual * times

    def _wavering(self) -> float:
        return exp(self.random.gauss(0.0, WAVERS))

    def _adding(self, key: tuple[str, RevisionId], of: float, each: float) -> float:
        """An amount so far."""
        value, before = self._counted.get(key, (0.0, 0.0))
        self._counted[key] = (value + max(0.0, of - before) * each, of)
        return self._counted[key][0]

    def _counting(self, key: tuple[str, RevisionId], of: float, rate: float) -> float:
        """Events so far, by chance."""
        value, before = self._counted.get(key, (0.0, 0.0))
        value += draw(max(0.0, of - before) * rate, self.random)
        self._counted[key] = (value, of)
        return value
