"""Questions to a database that may hang: each in a thread that nobody waits for longer than he wants to.

Not in the event loop's own pool: all other adapters share that, and a database that hangs must not stop them.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from shipway.adapters.databases.errors import DatabaseError
from shipway.errors import ShipwayError

Answer = TypeVar("Answer")


class Asking:
    """One question of a name at a time."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[object]] = {}

    async def in_time(self, name: str, ask: Callable[[], Answer], *, seconds: float) -> Answer:
        """Its answer. Raises `DatabaseError` if none comes in time, at once while the last one is still open."""
        before = self._open.get(name)
        if before is not None and not before.done():
            raise _silent(0.0)
        future = _in_background(ask)
        self._open[name] = future  # type: ignore[assignment]
        await asyncio.wait({future}, timeout=seconds)
        if not future.done():
            raise _silent(seconds)
        return future.result()


def _in_background(ask: Callable[[], Answer]) -> "asyncio.Future[Answer]":
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def answered(answer: Answer | None, error: ShipwayError | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)  # type: ignore[arg-type]

    def asked() -> None:
        answer, problem = None, None
        try:
            answer = ask()
        except ShipwayError as error:
            problem = error
        with suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(answered, answer, problem)

    threading.Thread(target=asked, daemon=True).start()
    return future


def _silent(seconds: float) -> DatabaseError:
    waited = f"for {seconds:.0f} s" if seconds else "yet"
    return DatabaseError(
        f"the database has not answered {waited}",
        where="schema.database",
        why="Code goes back without it; only the schema waits.",
        fix="Look at the database; the release goes on by itself once it answers.",
    )
