"""A backfill that is in somebody's way waits, says so, and goes on by itself when all is calm."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shipway.adapters.databases import pauses
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.session import Session

LOOK_SECONDS = 1.0
LAG_SECONDS_MAX = 5.0
WAITING_MAX = 10
PAUSE_SECONDS, PATIENCE_SECONDS = 1.0, 3600.0
SLOW_SECONDS, REST_TIMES, REST_SECONDS_MAX = 0.3, 2.0, 5.0
"""A batch that took longer says that the database is slow, since it was sized for less: so many times it rests."""


def _nobody() -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a backfill waits for besides the database itself, and how long one pause may last."""

    asks: str = ""
    """A query that answers true while it has to wait."""
    held: Callable[[], str] = _nobody
    """Why somebody else wants it to wait just now."""
    patience_seconds: float = PATIENCE_SECONDS


class Pausing:
    """The pauses of one backfill. Each is noted in the database, for whoever asks how far it is."""

    def __init__(self, session: Session, change: str, step: str, terms: Terms) -> None:
        self.session, self.change, self.step, self.terms = session, change, step, terms
        self.told: Callable[[str], None] = lambda why: None
        """Gets why it waits. What it raises ends the backfill."""
        self._looked_at = 0.0
        self._since: float | None = None

    def wait(self) -> None:
        """Until nothing is in the way. Raises `DatabaseError` when that takes too long."""
        while why := self._why():
            self.pause(why)

    def pause(self, why: str) -> None:
        """One moment of it."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= self.terms.patience_seconds:
            pauses.over(self.session, self.change, self.step)
            raise _too_long(self.change, why, now - self._since)
        pauses.note(self.session, self.change, self.step, why)
        self.told(why)
        time.sleep(PAUSE_SECONDS)

    def over(self) -> None:
        """A batch has got through."""
        if self._since is not None:
            self._since = None
            pauses.over(self.session, self.change, self.step)

    def rest_after(self, seconds: float) -> None:
        """Give a database that is slow the time to catch up."""
        if seconds > SLOW_SECONDS:
            self.told(f"a batch took {seconds:.1f} s")
            time.sleep(min(REST_SECONDS_MAX, REST_TIMES * seconds))

    def _why(self) -> str:
        """Asks the database once a second only."""
        if why := self.terms.held():
            return why
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return ""
        found = self._trouble()
        self._looked_at = time.monotonic()
        return found

    def _trouble(self) -> str:
        lag, waiting = self.session.rows(self.session.dialect.STATEMENTS.pressure)[0]
        if float(str(lag)) > LAG_SECONDS_MAX:
            return f"replicas are {float(str(lag)):.0f} s behind"
        if int(str(waiting)) > WAITING_MAX:
            return f"{waiting} sessions wait for locks"
        if self.terms.asks and (found := self.session.rows(self.terms.asks)) and found[0][0]:
            return f"`pause` answers {found[0][0]}"
        return ""


def _too_long(change: str, why: str, seconds: float) -> DatabaseError:
    return DatabaseError(
        f"The backfill waited for {seconds / 60:.0f} min and gave up",
        where=change,
        why=f"{why[0].upper()}{why[1:]}.",
        fix="Run it again when the database has room: it goes on where it stopped.",
    )
