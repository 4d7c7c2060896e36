"""Real time."""

import asyncio
import time


class WallClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let other tasks work."""
        await asyncio.sleep(seconds)
