"""Counts what became of copied requests, apart from those of users."""

from typing import Protocol

from shipway.model.revision import RevisionId
from shipway.model.sample import Mirrored


class MirrorCounts(Protocol):
    """Some data planes can copy requests; those count them too, whatever the source of the other metrics is."""

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        """Cumulative, both at one instant, while requests are copied to the revision. Raises `PortError`."""
        ...
