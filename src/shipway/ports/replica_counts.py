"""Tells a revision's replicas apart: from this the guard learns how errors of equal replicas cluster."""

from typing import Protocol

from shipway.model.revision import RevisionId
from shipway.model.sample import Sample


class ReplicaCounts(Protocol):
    """Some sources of metrics can; asked every few seconds of a resting service, so it must be cheap."""

    async def by_replica(self, revision: RevisionId) -> Sample:
        """Its series are its replicas: requests and errors, and latencies where the source times each by itself,
        cumulative since a replica was first counted. A value that fell has begun anew. One that knows no replicas
        has no series. Raises `PortError` when the source does not answer."""
        ...
