"""The application that the servers run: its requests last until the test lets them finish.

`GATE` is a file whose existence lets them; `JOURNAL` is a file that tells what happened, in order.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shipway.health import AsgiMiddleware, Health, WsgiMiddleware
from shipway.health.wakeful import keep_main_thread_wakeful

GATE = Path(os.environ["GATE"])
JOURNAL = Path(os.environ["JOURNAL"])
POLL_SECONDS = 0.02


def note(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")


async def gate() -> None:
    note("waiting")
    while not GATE.exists():  # noqa: ASYNC110 - a file of another process has no event
        await asyncio.sleep(POLL_SECONDS)


def blocking_gate() -> None:
    note("waiting")
    while not GATE.exists():
        time.sleep(POLL_SECONDS)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await websocket(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/slow":
        await gate()
    if scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"first ", "more_body": True})
        await gate()
    note(f"answered {scope['path']}")
    await send({"type": "http.response.body", "body": b"last"})


async def websocket(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})
    note(f"answered websocket {message.get('code')}")


def wsgi(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [("Content-Type", "text/plain")])
    path = environ["PATH_INFO"]
    if path == "/stream":
        return wsgi_stream()
    if path == "/slow":
        blocking_gate()
    note(f"answered {path}")
    return [b"last"]


def wsgi_stream() -> Iterator[bytes]:
    yield b"first "
    blocking_gate()
    note("answered /stream")
    yield b"last"


def health() -> Health:
    made = Health(
        drain_delay_seconds=float(os.environ["DRAIN_SECONDS"]), grace_seconds=float(os.environ["GRACE_SECONDS"])
    )
    made.depends_on("database", lambda: None)
    made.close_at_exit("database", lambda: note("closed database"))
    made.close_at_exit("queue", close_queue)
    return made


async def close_queue() -> None:
    note("closed queue")


async def plain_asgi(scope: Any, receive: Any, send: Any) -> None:
    """The control: the same application, without our shutdown."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await asgi(scope, receive, send)


def plain_wsgi_that_hears_signals() -> Any:
    """The control: without our shutdown. That a granian worker misses some signals is not the question here."""
    signal.signal(signal.SIGURG, lambda *_: None)
    keep_main_thread_wakeful()
    return wsgi


def __getattr__(name: str) -> Any:
    """Only what a server asks for is made, because making it takes signals over."""
    if name == "graceful_asgi":
        return globals().setdefault(name, AsgiMiddleware(asgi, health()))
    if name == "graceful_wsgi":
        return globals().setdefault(name, WsgiMiddleware(wsgi, health()))
    if name == "plain_wsgi":
        return globals().setdefault(name, plain_wsgi_that_hears_signals())
    raise AttributeError(name)
