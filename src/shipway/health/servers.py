"""How the server around us is told to stop.

None has an interface for it but SIGTERM, which ends a drain before it began. So its handler is taken over
while the application starts, and used when it is time. Each server was read and tried for what follows:

uvicorn, alone, with workers, or as a worker of gunicorn
    Listens in `servers` and ends when `should_exit` is set. Its own handler would also make the process die
    of SIGTERM again afterwards, instead of exiting with 0. Ending cuts WebSockets off at once (1012), and
    connections whose request has not arrived, so it is told when nothing is in flight.
granian
    Handles signals in the event loop. SIGINT means the same as SIGTERM. Ending lets HTTP finish, but drops
    WebSockets without a close frame, so those are waited for; until then it cannot refuse connections.
gunicorn's own ASGI worker, hypercorn
    Handle signals in the event loop, refuse connections at once and let everything in flight finish.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shipway.health.in_flight import Kind
from shipway.health.signals import Handler, python_handler, set_python_handler, take_python_interrupt

logger = logging.getLogger("shipway.health")

EVERYTHING = frozenset(Kind)
NOTHING: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Server:
    """What a drain needs from the server."""

    listen: Callable[[Handler], None]
    """Take the signals over."""
    interrupt: Handler | None
    """What SIGINT did before."""
    refuse: Callable[[], None]
    """No new connections, as far as this can be had without ending any."""
    waits_for: frozenset[Kind]
    """What must not be in flight before `finish`, because it would be cut off."""
    finish: Callable[[], None]
    """Let the rest in flight finish, then end."""


def find(loop: asyncio.AbstractEventLoop) -> Server | None:
    """The server that took SIGTERM; none when nobody did, or when it is out of reach."""
    if (handles := getattr(loop, "_signal_handlers", None)) and signal.SIGTERM in handles:
        return _in_loop(loop, _run(handles.get(signal.SIGTERM)), _run(handles.get(signal.SIGINT)))
    taker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if taker is loop:
        return _in_hidden_loop(loop)
    if hasattr(taker, "should_exit") and hasattr(taker, "server_state"):
        return _uvicorn(taker)
    return None


def _uvicorn(server: Any) -> Server:
    def refuse() -> None:
        for listener in server.servers:
            listener.close()

    def finish() -> None:
        server.should_exit = True

    return Server(_listen_in_python, python_handler(signal.SIGINT), refuse, EVERYTHING, finish)


def _listen_in_python(handler: Handler) -> None:
    set_python_handler(signal.SIGTERM, handler)
    take_python_interrupt(handler)


def _in_loop(loop: asyncio.AbstractEventLoop, stop: Handler, interrupt: Handler) -> Server:
    def listen(handler: Handler) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, handler, signum)

    def end() -> None:
        stop(signal.SIGTERM)

    if _is_granian():
        return Server(listen, interrupt, _nothing, frozenset({Kind.WEBSOCKET}), end)
    return Server(listen, interrupt, end, NOTHING, _nothing)


def _in_hidden_loop(loop: asyncio.AbstractEventLoop) -> Server | None:
    """uvloop does not show what it was told to do at a signal, so granian is stopped by its other signal.

    SIGINT therefore stays with granian: it ends a drain delay early, and never cuts a request in flight.
    """

    def listen(handler: Handler) -> None:
        loop.add_signal_handler(signal.SIGTERM, handler, signal.SIGTERM)

    def finish() -> None:
        signal.raise_signal(signal.SIGINT)

    if not _is_granian():
        return None
    return Server(listen, None, _nothing, frozenset({Kind.WEBSOCKET}), finish)


def _run(handle: asyncio.Handle | None) -> Handler:
    def run(_signum: int) -> None:
        if handle is not None:
            handle._run()

    return run


def _is_granian() -> bool:
    return "granian" in sys.modules


def _nothing() -> None:
    """This server cannot do it, or has nothing left to do."""
