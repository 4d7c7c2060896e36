"""Reads metrics that people define: queries of a monitoring system, resources of replicas."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shipway.model.doubt import Doubt
from shipway.model.metric import Metric, Reading
from shipway.model.revision import RevisionId


class Measures(Protocol):
    """A source of custom metrics; most are a `MetricSource` too."""

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """Ask each query once, for a revision that serves: what is wrong with it, by metric, with what
        came back. Asked when a plan is made, before users are exposed. Raises `PortError`
        when the source does not answer at all."""
        ...

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """By metric and revision. One without any value yet is left out; a source that does not answer, or
        answers with what is no number, raises `PortError`: nothing is not zero."""
        ...
