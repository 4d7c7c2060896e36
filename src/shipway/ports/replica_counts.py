"""Tells a revision's replicas apart: from this the guard learns how errors of equal replicas cluster."""

from collections.abc import Mapping
from typing import Protocol

from shipway.model.revision import RevisionId
from shipway.model.sample import Counts


class ReplicaCounts(Protocol):
    """Some sources of metrics can; asked every few seconds of a resting service, so it must be cheap."""

    async def by_replica(self, revision: RevisionId) -> Mapping[str, Counts]:
        """Requests and errors by replica, cumulative since it was first counted; no latencies. A value that
        fell has begun anew. Raises `PortError` when the source does not answer."""
        ...
