"""Time, real or virtual."""

from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch."""

    def now(self) -> float:
        """The present."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others work for that long."""
        ...
