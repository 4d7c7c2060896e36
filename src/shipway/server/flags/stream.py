"""Event streams: what is there at once, then what comes, and a sign of life in between."""

import asyncio
import contextlib
from collections.abc import Iterable

from shipway.server.flags.feed import Feed
from shipway.server.flags.wire import Receive, Send

SEND_SECONDS = 30.0
"""How long a reader may take nothing before it is let go."""
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def stream(feed: Feed, number: int, first: Iterable[bytes], receive: Receive, send: Send) -> None:
    """Send events behind a number until the reader is gone, or so slow that it has to come again."""
    reader = _Reader(feed, receive)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _more(send, b"".join(first))
        while not reader.gone.done():
            missed = feed.after(number)
            if missed is None:
                break
            number = feed.number
            if missed:
                await _more(send, b"".join(missed))
            elif await reader.waits_in_vain():
                await _more(send, b": alive\n\n")
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return
    finally:
        await reader.end()


class _Reader:
    """Waits for one thing at a time, because ten thousand readers wait."""

    def __init__(self, feed: Feed, receive: Receive) -> None:
        self._feed = feed
        self._waiting: asyncio.Future[None] | None = None
        self.gone = asyncio.ensure_future(_gone(receive))
        self.gone.add_done_callback(self._left)

    async def waits_in_vain(self) -> bool:
        """Until there is something to do; whether that is only a sign of life."""
        number = self._feed.number
        self._waiting = self._feed.next()
        try:
            await self._waiting
        finally:
            self._feed.forget(self._waiting)
            self._waiting = None
        return self._feed.number == number and not self.gone.done()

    def _left(self, gone: "asyncio.Future[None]") -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def end(self) -> None:
        self.gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.gone


async def _more(send: Send, content: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": content, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
