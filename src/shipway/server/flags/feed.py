"""What happened last, for any number of connections that wait for more."""

import asyncio
from collections import deque

KEPT_MAX = 1_000


class Feed:
    """Numbered events. A reader that is not too far behind gets what it missed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._first = number
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT_MAX)
        self._waiting: set[asyncio.Future[None]] = set()

    def publish(self, number: int, event: bytes) -> None:
        """The next event, for all who wait."""
        self.number = number
        if len(self._events) == KEPT_MAX:
            self._first = self._events[0][0]
        self._events.append((number, event))
        self.wake()

    def after(self, number: int) -> list[bytes] | None:
        """The events behind a number; none where some of them are forgotten, or the number never was."""
        if not self._first <= number <= self.number:
            return None
        missed = []
        for at, event in reversed(self._events):
            if at <= number:
                break
            missed.append(event)
        return missed[::-1]

    def next(self) -> "asyncio.Future[None]":
        """Done with the next event, or the next sign of life."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        return waiting

    def forget(self, waiting: "asyncio.Future[None]") -> None:
        """Nobody waits for it any more."""
        self._waiting.discard(waiting)

    def wake(self) -> None:
        """Let everybody who waits look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()
