"""Backfills of several tables at once, each on a connection of its own; those of one table after each other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial

from shipway.adapters.databases.backfill import Filling
from shipway.adapters.databases.journal import Walk
from shipway.adapters.databases.session import Session

AT_ONCE_MAX = 4
LOOK_SECONDS = 0.2
Opener = Callable[[], AbstractContextManager[Session]]
Making = Callable[[Session], Filling]


class Stopped(Exception):
    """Another one failed, or nobody wants it any more: each goes on where it was when it is asked for again."""


class Together:
    """Fills until all are done. What one of them raises ends the others at their next batch."""

    def __init__(self, opened: Opener, making: Sequence[Sequence[Making]], walked: Callable[[Walk], None]) -> None:
        self.opened, self.making, self.walked = opened, making, walked
        self.latest: dict[tuple[int, int], Walk] = {}
        self.stop, self.moved = threading.Event(), threading.Event()

    def run(self) -> None:
        """`walked` gets the sum of all, in this thread. Raises what the first one raises, or `walked`."""
        with ThreadPoolExecutor(max_workers=AT_ONCE_MAX) as pool:
            jobs = [pool.submit(self._fill, at) for at in range(len(self.making))]
            try:
                while not all(job.done() for job in jobs):
                    if self.moved.wait(LOOK_SECONDS):
                        self.moved.clear()
                        self.walked(self._sum())
                    self._raise_first([job.exception() for job in jobs if job.done()])
            finally:
                self.stop.set()
                for job in jobs:
                    job.cancel()
        self._raise_first([job.exception() for job in jobs])
        self.walked(self._sum())

    def _raise_first(self, errors: Sequence[BaseException | None]) -> None:
        for error in errors:
            if error is not None and not isinstance(error, Stopped):
                raise error

    def _fill(self, at: int) -> None:
        with self.opened() as session:
            for number, make in enumerate(self.making[at]):
                make(session).run(partial(self._moved, (at, number)))

    def _moved(self, at: tuple[int, int], walk: Walk) -> None:
        if self.stop.is_set():
            raise Stopped
        self.latest[at] = walk
        self.moved.set()

    def _sum(self) -> Walk:
        """Those that have not begun count with nothing yet."""
        walks = [*self.latest.values()]
        return Walk(
            last=None,
            upper=None,
            rows_walked=sum(one.rows_walked for one in walks),
            rows_written=sum(one.rows_written for one in walks),
            rows_total=sum(max(one.rows_total, one.rows_walked) for one in walks),
            seconds=max((one.seconds for one in walks), default=0.0),
            is_done=len(walks) == sum(map(len, self.making)) and all(one.is_done for one in walks),
            waits=next((one.waits for one in walks if one.waits), ""),
        )
