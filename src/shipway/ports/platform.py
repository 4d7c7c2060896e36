"""Runs replicas of revisions: processes, containers, pods."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from shipway.model.fleet import Fleet
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import Revision, RevisionId


class Platform(Protocol):
    """The replicas of one service. A replica keeps its address when it is started again by itself.

    `scale`, `drain` and `stop` of one revision share a key: `capacity:<revision>`; `prepare` has
    `prepare:<revision>`. All but `observe` and `logs` raise `StaleGeneration` for an older generation.
    """

    async def observe(self) -> Fleet:
        """All replicas, from a look that is younger than two seconds. Raises `PortError`."""
        ...

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Begin what is needed once before replicas can start; `Fleet.prepared` tells how far it is.

        A failed preparation is begun again by a newer generation only.
        """
        ...

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Have at least `replicas` that do not drain: take draining ones back, then start new ones. Stop none."""
        ...

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Mark exactly these replicas of the revision as draining; unknown ones are already gone."""
        ...

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """End these replicas with their grace period. Raises `Refused` if one exists that does not drain."""
        ...

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """Leave nothing of other revisions that no replica needs; one that comes again is prepared again."""
        ...

    def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Output lines in the order of time, in batches as they come. One replica's are never out of order."""
        ...
