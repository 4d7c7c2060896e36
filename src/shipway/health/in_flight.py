"""The requests that the application has not finished."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

SETTLE_SECONDS = 0.2
"""A connection that was accepted just now gets this long to bring its request."""
POLL_SECONDS = 0.02
GOING_AWAY_SECONDS = 1.0
"""A WebSocket that does not take its close frame in this time is cut without."""


class Kind(StrEnum):
    """Servers treat the two differently when they stop."""

    HTTP = "http"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """One request, from its arrival until the application is done with its whole response."""

    kind: Kind
    task: asyncio.Task[object] | None = None
    go_away: Callable[[], Awaitable[None]] | None = None
    """Tells the client of a WebSocket to come back elsewhere."""


class InFlight:
    """Counts. Adding to a set and discarding from it are atomic, so threads need no lock."""

    def __init__(self) -> None:
        self._requests: set[Request] = set()

    def count(self, kinds: frozenset[Kind] = frozenset(Kind)) -> int:
        """How many there are now."""
        return sum(request.kind in kinds for request in tuple(self._requests))

    def begin(self, request: Request) -> None:
        """The request is in flight from now on."""
        self._requests.add(request)

    def end(self, request: Request) -> None:
        """It is no longer; ending it twice is ending it once."""
        self._requests.discard(request)

    @contextmanager
    def during(self, request: Request) -> Iterator[None]:
        """In flight within the block."""
        self.begin(request)
        try:
            yield
        finally:
            self.end(request)

    async def finish(self, kinds: frozenset[Kind], *, until: float) -> bool:
        """Wait until none of these kinds has been in flight for a moment; false at `until` (monotonic)."""
        quiet_since = time.monotonic()
        while (now := time.monotonic()) < until:
            if self.count(kinds):
                quiet_since = now
            elif now - quiet_since >= SETTLE_SECONDS:
                return True
            await asyncio.sleep(POLL_SECONDS)
        return not self.count(kinds)

    async def send_websockets_away(self) -> None:
        """Close them with 1012, "service restart" (IANA WebSocket close codes): clients reconnect."""
        goodbyes = [request.go_away() for request in tuple(self._requests) if request.go_away]
        if goodbyes:
            await asyncio.wait([asyncio.ensure_future(each) for each in goodbyes], timeout=GOING_AWAY_SECONDS)

    def cancel(self) -> int:
        """Cancel the tasks of what is left; how many there were."""
        left = tuple(self._requests)
        for request in left:
            if request.task:
                request.task.cancel("the grace for requests in flight is over")
        return len(left)
