"""Event streams: what is there at once, then what comes, and a sign of life in between."""

import asyncio
import contextlib
from collections.abc import Iterable

from shipway.server.flags.feed import Feed
from shipway.server.flags.wire import Receive, Send

ALIVE_SECONDS = 15.0
SEND_SECONDS = 30.0
"""How long a reader may take nothing before it is let go."""
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def stream(feed: Feed, number: int, first: Iterable[bytes], receive: Receive, send: Send) -> None:
    """Send events behind a number until the reader is gone, or so slow that it has to come again."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _more(send, b"".join(first))
        while not gone.done():
            missed = feed.after(number)
            if missed is None:
                break
            number = feed.number
            if missed:
                await _more(send, b"".join(missed))
            else:
                await _next(feed, gone, send)
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _next(feed: Feed, gone: "asyncio.Future[None]", send: Send) -> None:
    waiting = feed.next()
    try:
        wait = asyncio.wait((waiting, gone), timeout=ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await wait
    finally:
        feed.forget(waiting)
    if not done:
        await _more(send, b": alive\n\n")


async def _more(send: Send, content: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": content, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
