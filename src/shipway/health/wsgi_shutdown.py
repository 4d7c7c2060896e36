"""From SIGTERM to the end of the process, in threads beside the server.

WSGI knows no lifespan, so two moments are had in other ways:

- *The server has taken its signals.* gunicorn does before it loads the application, granian after. So every
  request looks whether they are still ours. It may run in any thread, while Python lets only the main thread
  set handlers: SIGURG, which is ignored by default, carries the wish there.
- *The server has ended.* Then the main thread has ended, for which a thread that is not a daemon can wait: the
  interpreter in turn waits for that thread before it exits.
"""

import asyncio
import logging
import os
import queue
import signal
import sys
import threading
import time

from shipway.health.health import Health
from shipway.health.in_flight import Kind
from shipway.health.phase import Phase
from shipway.health.signals import Handler, Signals, python_handler, set_python_handler, take_python_interrupt
from shipway.health.wakeful import keep_main_thread_wakeful

logger = logging.getLogger("shipway.health")

EVERYTHING = frozenset(Kind)


class WsgiShutdown:
    """Installed when the server has taken SIGTERM; closes the resources when the main thread has ended."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._stop: Handler | None = None
        self._handler: object = None
        self._has_threads = False
        self._is_handing_back = False
        # Not an Event: only this queue may be put to by a handler that interrupted another put.
        self._told: queue.SimpleQueue[None] = queue.SimpleQueue()

    def prepare(self) -> None:
        """Take SIGTERM over now if a server has it, and make ready to do so later."""
        if threading.current_thread() is not threading.main_thread():
            logger.info("not made in the main thread: signals are left alone")
            return
        set_python_handler(signal.SIGURG, lambda _signum: self._install())
        if python_handler(signal.SIGTERM):
            self._install()

    def ensure_installed(self) -> None:
        """Cheap when SIGTERM is ours; else has the main thread take it."""
        is_ours = signal.getsignal(signal.SIGTERM) is self._handler
        if not is_ours and signal.getsignal(signal.SIGURG) is not signal.SIG_DFL:
            signal.pthread_kill(_main_thread_id(), signal.SIGURG)

    def _install(self) -> None:
        """In the main thread only."""
        stop = python_handler(signal.SIGTERM)
        if stop is None:
            signal.signal(signal.SIGURG, signal.SIG_DFL)
            logger.error("no server has taken SIGTERM: it will not be graceful")
        elif signal.getsignal(signal.SIGTERM) is not self._handler:
            self._take_signals(stop)
            self._start_threads()

    def _take_signals(self, stop: Handler) -> None:
        signals = Signals(self._begin, python_handler(signal.SIGINT))
        self._stop = stop
        set_python_handler(signal.SIGTERM, lambda signum: self._on_signal(signals, signum))
        self._handler = signal.getsignal(signal.SIGTERM)
        take_python_interrupt(signals)
        if "gunicorn" in sys.modules:
            # Setting a handler undid this wish of gunicorn's: no signal disturbs a request's system calls.
            signal.siginterrupt(signal.SIGTERM, False)

    def _start_threads(self) -> None:
        if self._has_threads:
            return
        self._has_threads = True
        if "granian" in sys.modules:
            keep_main_thread_wakeful()
        threading.Thread(target=self._drain, daemon=True, name="shipway-drain").start()
        threading.Thread(target=self._close_at_end, name="shipway-close").start()

    def _on_signal(self, signals: Signals, signum: int) -> None:
        if self._is_handing_back and self._stop:
            self._is_handing_back = False
            self._stop(signum)
        else:
            signals(signum)

    def _begin(self) -> None:
        self._health.phase = Phase.DRAINING
        self._told.put(None)

    def _drain(self) -> None:
        self._told.get()
        logger.info("told to end: not ready, still serving for %g s", self._health.drain_delay_seconds)
        time.sleep(self._health.drain_delay_seconds)
        self._health.phase = Phase.CLOSING
        self._hand_back()
        threading.main_thread().join(self._health.grace_seconds)
        if threading.main_thread().is_alive():
            self._cut_off()

    def _hand_back(self) -> None:
        """By a signal, not a call: servers sleep in a system call, out of which only a signal wakes them."""
        self._is_handing_back = True
        signal.pthread_kill(_main_thread_id(), signal.SIGTERM)

    def _cut_off(self) -> None:
        """The grace is over, and a thread cannot be cancelled."""
        logger.error("the grace is over: %d requests are cut off", self._health.in_flight.count())
        asyncio.run(self._health.resources.close())
        os._exit(1)

    def _close_at_end(self) -> None:
        threading.main_thread().join()
        asyncio.run(self._end())

    async def _end(self) -> None:
        await self._health.in_flight.finish(EVERYTHING, until=time.monotonic() + self._health.grace_seconds)
        await self._health.resources.close()


def _main_thread_id() -> int:
    identifier = threading.main_thread().ident
    assert identifier is not None, "the main thread runs"
    return identifier
