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


@runtime_checkable
class QueriesOfFlags(Protocol):
    """`Exposures` that ask what the user wrote."""

    async def doubts_of(self, flag: str) -> Mapping[str, Doubt]:
        """The same for one flag: what is wrong with a query on either side, or that it tells of neither."""
        ...
