"""One connection that runs statements so that nobody waits long for them. DDL is in no transaction here.

Each statement of DDL has a proof, a query to the catalog that answers whether it has happened. It is asked
before the statement runs, and after whatever ended it: so a step that was done by a command which died before
it could note it is noted by the next one, and none is done twice.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pymysql

from shipway.adapters.databases.errors import Busy, LockBusy
from shipway.adapters.databases.mariadb.telling import explained
from shipway.adapters.databases.mariadb.watching import Watch
from shipway.adapters.databases.session import Dialect, Done, Execute, Ran, Row, Statement, Value
from shipway.errors import ShipwayError
from shipway.schema.operations.built import Batch

if TYPE_CHECKING:
    from pymysql.connections import Connection

INSTANT_SECONDS, BATCH_SECONDS = 5.0, 10.0
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 2.0
LOCK_SECONDS_MAX = 900.0
"""How long a lock is tried for before somebody is told who holds it."""
LOCKED, DEADLOCK, INTERRUPTED, TIMED_OUT = 1205, 1213, 1317, 1969
AGAIN, BUSY = (LOCKED, DEADLOCK, INTERRUPTED), (LOCKED, DEADLOCK, TIMED_OUT)
COPIES = (1845, 1846)
"""ER_ALTER_OPERATION_NOT_SUPPORTED, and the same with a reason."""
BLOCKERS = """
    SELECT ID, USER, TIME, COALESCE(LEFT(INFO, 60), COMMAND) FROM information_schema.PROCESSLIST
    WHERE ID <> CONNECTION_ID() AND DB = DATABASE() AND COMMAND NOT IN ('Daemon') ORDER BY TIME DESC LIMIT 3
"""


class WouldCopy(ShipwayError):
    """MariaDB could do it only by copying the table under a lock."""

    code = "would-copy"


class Session:
    """Runs what is written; decides nothing. `heard` gets each statement before it is sent.

    `url` is what the connection was opened by: MariaDB's own programs open theirs by it.
    """

    def __init__(
        self,
        connection: "Connection",
        another: "Callable[[], Connection]",
        *,
        url: str = "",
        heard: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.connection, self.another, self.url, self.heard = connection, another, url, heard
        self.lock_retries = 0
        self._number: int = connection.thread_id()  # type: ignore[no-untyped-call]
        self._watch = Watch(another, connection)

    @property
    def dialect(self) -> Dialect:
        """MariaDB's."""
        from shipway.adapters.databases.mariadb import dialect

        return dialect

    @property
    def is_broken(self) -> bool:
        """Whether it has to be opened anew."""
        return not self.connection.open

    def rows(self, query: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """What a query answers. Raises `DatabaseError`."""
        with _explained(query):
            return self._execute(query, values).rows

    def together(self, statements: Iterable[Statement], *, is_long: bool = False) -> None:
        """Rows in one transaction. DDL ends one, so each of it is by itself, and harmless to repeat."""
        kept = list(statements)
        with _explained(kept[0][0]):
            self.connection.begin()
            try:
                for text, values in kept:
                    self._execute(text, values)
                self.connection.commit()
            except BaseException:
                with suppress(pymysql.MySQLError):
                    self.connection.rollback()
                raise

    def step(self, batch: Batch, done: Statement) -> None:
        """Once, however often it is asked for. Raises `LockBusy`, `WouldCopy`, `DatabaseError`."""
        self._until(batch)
        self.together([done])

    def undo(self, batch: Batch) -> None:
        """As `step`, without a note."""
        self._until(batch)

    def batch(self, act: Callable[[Execute], Done]) -> Done:
        """One short transaction. It never waits for a row, so no deadlock ends anybody else's statement."""
        try:
            self.limit(BATCH_SECONDS)
            self.connection.begin()
            done = act(self._execute)
            self.connection.commit()
            return done
        except pymysql.MySQLError as error:
            why = explained(error, where="backfill")
            with suppress(pymysql.MySQLError):
                self.connection.rollback()
            if error.args and error.args[0] in BUSY:
                raise Busy(why) from error
            raise why from error
        except BaseException:
            with suppress(pymysql.MySQLError):
                self.connection.rollback()
            raise

    def limit(self, seconds: float) -> None:
        """No statement takes longer from now on."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET SESSION max_statement_time = {seconds}")

    def cancel(self, seconds: float) -> None:
        """What runs now, from another thread."""
        with suppress(pymysql.MySQLError, OSError):
            other = self.another()
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {self._number}")
            other.close()

    def close(self) -> None:
        """Harmless twice."""
        if self.connection.open:
            self.connection.close()

    def _until(self, batch: Batch) -> None:
        """Until it has happened, under watch."""
        until, pause = time.monotonic() + LOCK_SECONDS_MAX, PAUSE_SECONDS
        for text in batch.statements:
            while not (batch.proof and self.rows(batch.proof)[0][0]):
                try:
                    self._alter(text, is_long=batch.is_long)
                    break
                except pymysql.MySQLError as error:
                    if not error.args or error.args[0] not in AGAIN:
                        raise _refused(error, text) from error
                    self.lock_retries += 1
                    if time.monotonic() > until:
                        raise self._busy(text) from error
                time.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(PAUSE_SECONDS_MAX, pause * 1.5)

    def _alter(self, text: str, *, is_long: bool) -> None:
        self.limit(0 if is_long else INSTANT_SECONDS)
        with self._watch.over():
            self._execute(text, ())

    def _execute(self, text: str, values: tuple[Value, ...]) -> Ran:
        self.heard(text)
        with self.connection.cursor() as cursor:
            cursor.execute(text, values or None)
            return Ran(list(cursor.fetchall()), cursor.rowcount)

    def _busy(self, statement: str) -> LockBusy:
        held = "; ".join(
            f"connection {number} ({user}) since {age} s: {' '.join(str(text).split())}"
            for number, user, age, text in self.rows(BLOCKERS)
        )
        return LockBusy(
            f"No lock for {LOCK_SECONDS_MAX / 60:.0f} minutes",
            where=_short(statement),
            why=f"Other connections to this database: {held or 'none now'}.",
            fix="End the longest transaction, or wait, then run it again: it goes on where it stopped.",
        )


@contextmanager
def _explained(text: str) -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        raise explained(error, where=_short(text)) from error


def _refused(error: pymysql.MySQLError, text: str) -> ShipwayError:
    if error.args[0] not in COPIES:
        return explained(error, where=_short(text))
    return WouldCopy(
        "MariaDB would copy the table, and stop every writer meanwhile",
        where=_short(text),
        why=f"It says: {str(error.args[-1]).removesuffix('.')}.",
        fix="Take pt-online-schema-change or gh-ost, or a quiet hour. `revert` takes back what was done.",
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:69]}…"
