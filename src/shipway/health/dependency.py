"""One thing that the application cannot serve without."""

import asyncio
import logging
from collections.abc import Callable

from shipway.health.call import awaitable

logger = logging.getLogger("shipway.health")


class Dependency:
    """A named check with a deadline. It fails by raising, by returning `False`, or by taking too long."""

    def __init__(self, name: str, check: Callable[[], object], deadline_seconds: float) -> None:
        self.name = name
        self._check = awaitable(check)
        self._deadline_seconds = deadline_seconds

    async def is_well(self) -> bool:
        """Whether it answered in time. Why not is for the log alone: an error text may hold secrets."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                outcome = await self._check()
        except TimeoutError:
            logger.warning("%s did not answer within %g s", self.name, self._deadline_seconds)
            return False
        except Exception:  # any error at all means that the dependency cannot be used
            logger.warning("%s failed", self.name, exc_info=True)
            return False
        return outcome is not False
