"""What is closed when the last request has been answered."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shipway.health.call import awaitable

logger = logging.getLogger("shipway.health")


@dataclass(frozen=True, slots=True)
class Resource:
    """Something open, and how it is closed."""

    name: str
    close: Callable[[], Awaitable[object]]
    deadline_seconds: float


class Resources:
    """Closes in the reverse order of registration: what was opened last may need what was opened first."""

    def __init__(self) -> None:
        self._open: list[Resource] = []
        self._lock = threading.Lock()

    def add(self, name: str, close: Callable[[], object], deadline_seconds: float) -> None:
        """Register something that is open from now on."""
        self._open.append(Resource(name, awaitable(close), deadline_seconds))

    async def close(self) -> None:
        """Close them all, once. One that fails or hangs is logged and does not keep the next from closing."""
        while (resource := self._take()) is not None:
            await _close(resource)

    def _take(self) -> Resource | None:
        with self._lock:
            return self._open.pop() if self._open else None


async def _close(resource: Resource) -> None:
    try:
        async with asyncio.timeout(resource.deadline_seconds):
            await resource.close()
    except TimeoutError:
        logger.error("%s did not close within %g s", resource.name, resource.deadline_seconds)
    except Exception:  # the others must be closed all the same
        logger.exception("%s did not close", resource.name)
    else:
        logger.info("%s closed", resource.name)
