"""A blocking call as something to await.

The threads are daemons: a call that hangs must neither hold up an answer nor the end of the process, which
the threads of an executor would, because they are joined at exit.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future


class SharedCall:
    """Runs a blocking function in a thread; callers that come while it runs share its outcome.

    So a function that hangs occupies one thread, however often it is asked for.
    """

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._lock = threading.Lock()
        self._running: Future[object] | None = None

    async def __call__(self) -> object:
        """Returns or raises what the function does; cancelling leaves it running."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = start(self._function)
            running = self._running
        return await asyncio.wrap_future(running)


def start(function: Callable[[], object]) -> Future[object]:
    """The outcome of a function that now runs in a thread of its own."""
    outcome: Future[object] = Future()
    outcome.set_running_or_notify_cancel()  # from here on a waiter that gives up cannot cancel it for others
    threading.Thread(target=_settle, args=(outcome, function), daemon=True, name="shipway-health").start()
    return outcome


def _settle(outcome: Future[object], function: Callable[[], object]) -> None:
    try:
        outcome.set_result(function())
    except BaseException as error:  # noqa: BLE001 - carried to whoever awaits it
        outcome.set_exception(error)
