"""A source of metrics that asks what the user wrote, and can say what is wrong with it."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from shipway.model.doubt import Doubt
from shipway.model.revision import RevisionId


@runtime_checkable
class Queries(Protocol):
    """Most sources besides the data plane's own counters."""

    async def doubts(self, revision: RevisionId) -> Mapping[str, Doubt]:
        """Ask each query of requests once, for a revision that serves: what is wrong with it, by its key in the
        release file. Empty when all is well. Raises `PortError` when nothing answers."""
        ...
