"""Jobs that bring changes to their phases in the background of a controller, one for each change at a time."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from shipway.adapters.databases import wishes
from shipway.adapters.databases.journal import Walk
from shipway.adapters.databases.opening import opened
from shipway.adapters.databases.session import Session
from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.schema.change import Change

FENCE_SECONDS = 1.0
"""Between two looks whether another controller has taken over."""
CANCEL_SECONDS = 5.0


class Ended(Exception):
    """The job is not wanted any more, here: it goes on where it was when it is asked for again."""


class Work:
    """One change. `url` is asked for each job anew: a password may have changed.

    A job ends between two steps or batches when it is told to rest, and when a newer wish than the one which it
    was given last stands in the database: then another controller works on it.
    """

    def __init__(self, url: Callable[[], str], change: Change, store: str) -> None:
        self._url, self.change, self._store = url, change, store
        self._thread: threading.Thread | None = None
        self._session: Session | None = None
        self._rests = threading.Event()
        self._lock = threading.Lock()
        self._wanted: Phase | None = None
        self._generation, self._fenced_at = 0, 0.0
        self.held = ""
        """Why no row is to be filled just now."""
        self.said = ""
        """Why the last job did not get there; empty while one gets on."""

    def ask(self, phase: Phase, generation: int) -> None:
        """Accept the wish, and work on it soon. Raises `StaleGeneration`, `DatabaseError`."""
        with self._lock, self._open("accept") as session:
            wishes.accept(session, self.change.name, self._store, phase, generation)
            self._generation, self._wanted = generation, phase
            self._rests.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def rest(self) -> None:
        """End the job at its next step or batch; a statement that runs long is cancelled. Waits for nothing."""
        if self._rests.is_set():
            return
        self._rests.set()
        if self._session is not None:
            threading.Thread(target=self._session.cancel, args=(CANCEL_SECONDS,), daemon=True).start()

    def join(self, seconds: float) -> None:
        """Wait for the end of the job."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        """Until nobody has asked meanwhile."""
        while (phase := self._next()) is not None:
            self._job(phase)

    def _next(self) -> Phase | None:
        with self._lock:
            phase, self._wanted = self._wanted, None
            if phase is None or self._rests.is_set():
                self._thread = None
                return None
            return phase

    def _job(self, phase: Phase) -> None:
        from shipway.adapters.databases.runner import Runner

        said = ""
        try:
            with self._open(self.change.name) as session:
                self._session = session
                one = Runner(
                    session,
                    self.change,
                    told=self._goes_on,
                    waited=self._frozen,
                    opened=lambda: self._open(self.change.name),
                )
                one.terms = replace(one.terms, held=lambda: self.held, patience_seconds=math.inf)
                one.reach(phase, self._walked)
        except Ended:
            pass
        except ShipwayError as error:
            said = " ".join(part for part in (f"{error.what.rstrip('.')}.", error.why) if part)
        finally:
            self._session = None
        self.said = "" if self._rests.is_set() else said

    @contextmanager
    def _open(self, purpose: str) -> Iterator[Session]:
        with opened(self._url(), purpose=f"schema {purpose}", where="schema.database") as session:
            yield session

    def _walked(self, walk: Walk) -> None:
        self.said = ""
        self._goes_on("")

    def _frozen(self, left: float) -> None:
        self.said = (
            f"Its old shape is frozen for {max(1, round(left / 60))} min more, and comes back if anyone fails."
        )
        self._goes_on("")

    def _goes_on(self, what: str) -> None:
        """Raises `Ended`."""
        if self._rests.is_set():
            raise Ended
        if what or time.monotonic() - self._fenced_at >= FENCE_SECONDS:
            self._refuse_the_fenced()

    def _refuse_the_fenced(self) -> None:
        self._fenced_at = time.monotonic()
        assert self._session is not None
        found = wishes.newest(self._session, self._store).get(self.change.name, 0)
        with self._lock:
            if found > self._generation:
                raise Ended
