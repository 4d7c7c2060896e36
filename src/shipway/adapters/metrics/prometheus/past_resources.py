"""Memory and processor time of past replicas, from what client libraries tell of their own process.

`process_resident_memory_bytes` and `process_cpu_seconds_total` are those of the Prometheus clients' process
collector: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics. The instances are those
whose requests the query counts; a query that sums them away leaves none.
"""

import math
from collections.abc import Mapping, Sequence

from shipway.adapters.metrics._placeholders import filled
from shipway.adapters.metrics.prometheus.api import Item
from shipway.adapters.metrics.prometheus.source import Prometheus
from shipway.model.metric import CPU, MEMORY, Metric
from shipway.model.recording import Measured
from shipway.model.revision import RevisionId

SERIES = {MEMORY: "process_resident_memory_bytes", CPU: "process_cpu_seconds_total"}
"""Restarts and error lines are in no such metric."""


class PastResources:
    """One release's; asked at one instant after the other, so that counters that begin anew are seen."""

    def __init__(self, source: Prometheus, metrics: Sequence[Metric]) -> None:
        self.source = source
        self.metrics = [metric for metric in metrics if metric.resource in SERIES]
        self._seconds: dict[str, float] = {}
        self._before: dict[str, dict[str, float]] = {}

    async def at(self, names: Mapping[str, RevisionId]) -> dict[str, dict[str, Measured]]:
        """By metric and version; one without any series has no value."""
        found: dict[str, dict[str, Measured]] = {metric.name: {} for metric in self.metrics}
        for metric in self.metrics:
            for arm, name in names.items():
                items = await self.source.api.one(self._query(metric, name), key=f"guard.metrics.{metric.name}")
                if items:
                    found[metric.name][arm] = Measured(self._value(metric, f"{metric.name} {arm}", items))
        return found

    def _query(self, metric: Metric, name: RevisionId) -> str:
        requests = filled(self.source.options.requests, self.source.service, name)
        return f"{SERIES[metric.resource]} and on (job, instance) (\n{requests}\n)"

    def _value(self, metric: Metric, part: str, items: Sequence[Item]) -> float:
        """The mean over instances of a level, the sum of what each added to a counter."""
        numbers = {str(item.metric): item.number for item in items if math.isfinite(item.number)}
        if metric.resource == MEMORY:
            return math.fsum(numbers.values()) / max(1, len(numbers))
        before = self._before.get(part, numbers)
        grown = [
            now - before.get(name, 0.0) if now >= before.get(name, 0.0) else now for name, now in numbers.items()
        ]
        self._before[part] = before | numbers
        self._seconds[part] = self._seconds.get(part, 0.0) + math.fsum(grown)
        return self._seconds[part]
