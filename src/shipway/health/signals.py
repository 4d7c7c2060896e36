"""SIGTERM and SIGINT, taken over from the server and handed back when it is time."""

import logging
import os
import signal
import time
from collections.abc import Callable

logger = logging.getLogger("shipway.health")

Handler = Callable[[int], object]

ECHO_SECONDS = 2.0
"""A second SIGTERM within this time is the first one again: systemd and process groups signal every process
of a service, and the master of a pre-forking server then passes its own SIGTERM on to the workers."""


class Signals:
    """The first SIGTERM begins the drain; during it, another signal ends the process at once.

    Without a drain, SIGINT (Ctrl-C) means what it means to the server.
    """

    def __init__(self, begin_drain: Callable[[], None], interrupt: Handler | None) -> None:
        self._begin_drain = begin_drain
        self._interrupt = interrupt
        self._drain_began_at: float | None = None

    def __call__(self, signum: int) -> None:
        """Called in the main thread."""
        if self._drain_began_at is None:
            self._first(signum)
        elif signum == signal.SIGINT or time.monotonic() - self._drain_began_at > ECHO_SECONDS:
            end_at_once(signum)

    def _first(self, signum: int) -> None:
        if signum == signal.SIGTERM:
            self._drain_began_at = time.monotonic()
            self._begin_drain()
        elif self._interrupt:
            self._interrupt(signum)


def end_at_once(signum: int) -> None:
    """Die of the signal, as a process without a handler does, so that the parent sees why."""
    logger.warning("ended at once by a second signal, %s", signal.Signals(signum).name)
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)


def python_handler(signum: int) -> Handler | None:
    """What `signal.signal` was told to do; nothing when it was told to ignore or to take the default."""
    handler = signal.getsignal(signum)
    if not callable(handler):
        return None
    return lambda number: handler(number, None)


def set_python_handler(signum: int, handler: Handler) -> None:
    """Replace it. Only in the main thread."""
    signal.signal(signum, lambda number, _frame: handler(number))


def take_python_interrupt(handler: Handler) -> None:
    """Replace what SIGINT does, unless it is ignored (`nohup`) or ends the process at once anyway."""
    if python_handler(signal.SIGINT):
        set_python_handler(signal.SIGINT, handler)
