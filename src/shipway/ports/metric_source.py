"""Counts what happened to requests."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shipway.model.revision import RevisionId
from shipway.model.sample import Sample


class MetricSource(Protocol):
    """Cumulative counts, never one float."""

    async def check(self) -> str:
        """One line that says what answered, e.g. `Envoy 1.40.0 on 127.0.0.1:9901`. Raises `PortError`."""
        ...

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """All revisions at one instant. One without any request yet has an empty series; a source that
        does not know whether there were requests raises `PortError`: nothing is not zero."""
        ...
