"""Virtual time: what happens next, in order; ties in the order they were planned."""

from collections.abc import Callable, Coroutine, Generator
from heapq import heappop, heappush
from types import coroutine
from typing import Any

Happening = Callable[[], None]


class Timeline:
    """A heap of happenings, and tasks that sleep on it. `now` is epoch seconds, from 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._planned: list[tuple[float, int, Happening]] = []
        self._count = 0

    def now(self) -> float:
        """The present."""
        return self._now

    def after(self, seconds: float, happening: Happening) -> None:
        """Plan something; zero seconds is still after what happens now."""
        self.at(self._now + max(0.0, seconds), happening)

    def at(self, when: float, happening: Happening) -> None:
        """Plan something for an instant that is not past."""
        self._count += 1
        heappush(self._planned, (max(when, self._now), self._count, happening))

    async def sleep(self, seconds: float) -> None:
        """For code that runs as a task of this timeline."""
        await _pause(seconds)

    def start(self, task: Coroutine[Any, Any, None], *, on_error: Callable[[BaseException], None]) -> None:
        """Run a coroutine until it sleeps, and go on with it when its time has come."""
        try:
            seconds: float = task.send(None)
        except StopIteration:
            return
        except BaseException as error:  # noqa: BLE001 - whatever a task dies of is its owner's to judge
            on_error(error)
            return
        self.after(seconds, lambda: self.start(task, on_error=on_error))

    def run(self, until: float, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Let happen what is planned up to an instant, or until `stop`."""
        while self._planned and self._planned[0][0] <= until and not stop():
            when, _, happening = heappop(self._planned)
            self._now = when
            happening()
        if not stop():
            self._now = max(self._now, until)


@coroutine
def _pause(seconds: float) -> Generator[float, None, None]:
    yield seconds
