"""`Measures` over what replicas use: the resources of `guard.metrics`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.fleet import Usage
from shipway.model.metric import CPU, ERROR_LINES, MEMORY, QUEUE_AGE, RESTARTS, Metric, Reading
from shipway.model.revision import RevisionId
from shipway.ports.clock import Clock

OLD_SECONDS = 30.0
"""A look that is older says nothing about now."""
Seen = Callable[[], tuple[float | None, Mapping[RevisionId, Usage]]]
"""The newest look at usage, and when it was taken."""


@dataclass(frozen=True)
class Resources:
    """What the platform's own looks found; it looks at nothing itself."""

    seen: Seen
    clock: Clock

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """Nothing can be wrong with a resource that runs here."""
        return {}

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """One without replicas has no level. Raises `PortError` when the last look is too old."""
        at, found = self.seen()
        if at is None or self.clock.now() - at > OLD_SECONDS:
            raise PortError("the platform has not looked at its replicas lately", where="platform")
        return {
            metric.name: {
                name: reading
                for name in revisions
                if (reading := _reading(metric.resource, found.get(name, Usage()), at)) is not None
            }
            for metric in metrics
        }


def _reading(resource: str, usage: Usage, at: float) -> Reading | None:
    if resource == MEMORY:
        return None if usage.memory_bytes is None else Reading(at=at, value=usage.memory_bytes)
    if resource == QUEUE_AGE:
        return None if usage.queue_age_seconds is None else Reading(at=at, value=usage.queue_age_seconds)
    if resource == CPU:
        return Reading(at=at, value=usage.cpu_seconds)
    if resource == RESTARTS:
        return Reading(at=at, value=usage.restarts, of=usage.replica_hours)
    is_told = resource == ERROR_LINES and usage.error_lines is not None
    return Reading(at=at, value=usage.error_lines or 0) if is_told else None
