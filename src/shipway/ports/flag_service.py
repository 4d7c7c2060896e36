"""Shows features to users."""

from typing import Protocol

from shipway.model.observed import Exposure
from shipway.model.share import Share


class FlagService(Protocol):
    """Our own flags, or a product's. Keys: `flag:<name>`."""

    async def observe(self) -> Exposure:
        """Each flag's confirmed exposure. Raises `PortError`."""
        ...

    async def expose(self, flag: str, share: Share, *, generation: int) -> None:
        """Show the flag to this share of users. Raises `StaleGeneration`."""
        ...
