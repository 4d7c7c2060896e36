"""One connection that runs statements so that nobody waits long for them.

DDL waits at most `LOCK_MS` for a lock, since everybody else queues up behind it meanwhile, and tries again after a
random pause. What must be instant has a statement timeout; what reads every row and stops nobody has none.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from shipway.adapters.databases.errors import Busy, LockBusy, TooLong
from shipway.adapters.databases.postgres.telling import explained
from shipway.adapters.databases.postgres.waits import (
    BATCH_LOCK_MS,
    BATCH_MS,
    INSTANT_MS,
    LOCK_MS,
    LOCK_SECONDS_MAX,
    PAUSE_SECONDS,
    PAUSE_SECONDS_MAX,
    SLOW_MAX,
)
from shipway.adapters.databases.session import Dialect, Done, Execute, Ran, Row, Statement, Value
from shipway.schema.operations.built import Batch

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

AGAIN = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
BLOCKERS = """
    SELECT pid, coalesce(nullif(application_name, ''), usename, '?'), extract(epoch FROM now() - xact_start)::int,
           left(query, 60)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 3
"""
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)


class Session:
    """Runs what is written; decides nothing. `heard` gets each statement before it is sent.

    `url` is what the connection was opened by: PostgreSQL's own programs, which may be older, open theirs by it.
    """

    def __init__(
        self,
        connection: "Connection[TupleRow]",
        *,
        url: str = "",
        heard: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.connection, self.url, self.heard = connection, url, heard
        self.lock_retries = 0

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's."""
        from shipway.adapters.databases.postgres import dialect

        return dialect

    @property
    def is_broken(self) -> bool:
        """Whether it has to be opened anew."""
        return bool(self.connection.broken or self.connection.closed)

    def rows(self, query: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """What a query answers. Raises `DatabaseError`."""
        self.heard(query)
        try:
            return self.connection.execute(query, values or None).fetchall()
        except psycopg.Error as error:
            raise explained(error, where=_short(query)) from error

    def together(
        self, statements: Iterable[Statement], *, is_long: bool = False, limit_ms: int = INSTANT_MS
    ) -> None:
        """In one transaction, under a lock timeout, again and again until it gets its locks.

        Raises `LockBusy` after `LOCK_SECONDS_MAX`, `TooLong` where a statement takes longer than `limit_ms` and is
        not `is_long`, and `DatabaseError` for what will not work.
        """
        kept, slow = list(statements), 0
        for _ in self._tries(kept[0][0]):
            began = time.monotonic()
            try:
                self._once(kept, statement_ms=0 if is_long else limit_ms)
                return
            except AGAIN:
                self.lock_retries += 1
            except psycopg.Error as error:
                if isinstance(error, errors.QueryCanceled) and (time.monotonic() - began) * 1000 >= limit_ms:
                    slow += 1
                    if slow < SLOW_MAX:
                        continue
                    raise _too_long(kept[0][0], limit_ms) from error
                raise explained(error, where=_short(kept[0][0])) from error

    def until(self, needed: str, statement: str) -> None:
        """Outside of a transaction, again and again while a query says that it is needed.

        For what PostgreSQL does in several transactions of its own, and goes on with. Raises as `together`.
        """
        for _ in self._tries(statement):
            if self.rows(needed)[0][0] is not True:
                return
            self.heard(statement)
            try:
                self.connection.execute(f"SET lock_timeout = {LOCK_MS}")
                self.connection.execute("SET statement_timeout = 0")
                self.connection.execute(statement)
            except AGAIN:
                self.lock_retries += 1
            except psycopg.Error as error:
                raise explained(error, where=_short(statement)) from error

    def _tries(self, statement: str) -> Iterator[None]:
        """One after the other, with a random pause between them. Raises `LockBusy` in the end."""
        until, pause = time.monotonic() + LOCK_SECONDS_MAX, PAUSE_SECONDS
        yield
        while time.monotonic() <= until:
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(PAUSE_SECONDS_MAX, pause * 1.5)
            yield
        raise self._busy(statement)

    def _once(self, statements: list[Statement], *, statement_ms: int) -> None:
        with self.connection.transaction():
            self.connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
            self.connection.execute(f"SET LOCAL statement_timeout = {statement_ms}")
            for text, values in statements:
                self.heard(text)
                self.connection.execute(text, values or None)

    def alone(self, statement: str) -> None:
        """Outside of a transaction, for what is built concurrently: it waits, and nobody waits for it."""
        self.heard(statement)
        try:
            self.connection.execute("SET lock_timeout = 0")
            self.connection.execute("SET statement_timeout = 0")
            self.connection.execute(statement)
        except psycopg.Error as error:
            raise explained(error, where=_short(statement)) from error

    def step(self, batch: Batch, done: Statement) -> None:
        """In one transaction with its note, but for an index that is built concurrently."""
        if not batch.builds:
            self._run(batch, done)
            return
        state = self.rows(
            "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass(%s)", (batch.builds,)
        )
        if state and state[0][0] is not True:
            self.alone(f"DROP INDEX CONCURRENTLY IF EXISTS {batch.builds}")
        if not state or state[0][0] is not True:
            self.alone(batch.statements[0])
        self.together([done])

    def undo(self, batch: Batch) -> None:
        """In one transaction, unless it cannot run in one."""
        self._run(batch)

    def _run(self, batch: Batch, *noted: Statement) -> None:
        """With a note in its transaction, or behind what runs outside of one."""
        if batch.is_alone and batch.needed:
            self.until(batch.needed, batch.statements[0])
        elif batch.is_alone:
            self.alone(batch.statements[0])
        is_done = batch.is_alone or (batch.needed and self.rows(batch.needed)[0][0] is not True)
        if together := [*((text, ()) for text in batch.statements if not is_done), *noted]:
            self.together(together, is_long=batch.is_long, limit_ms=batch.limit_ms or INSTANT_MS)

    def batch(self, act: Callable[[Execute], Done]) -> Done:
        """One short transaction. It waits less for a lock than PostgreSQL waits before it looks for deadlocks."""
        try:
            with self.connection.transaction():
                self.connection.execute(f"SET LOCAL lock_timeout = {BATCH_LOCK_MS}")
                self.connection.execute(f"SET LOCAL statement_timeout = {BATCH_MS}")
                return act(self._execute)
        except BUSY as error:
            raise Busy(explained(error, where="backfill")) from error
        except psycopg.Error as error:
            raise explained(error, where="backfill") from error

    def limit(self, seconds: float) -> None:
        """No statement takes longer from now on."""
        self.connection.execute(f"SET statement_timeout = {round(seconds * 1000)}")

    def cancel(self, seconds: float) -> None:
        """What runs now, from another thread."""
        with suppress(psycopg.Error):
            self.connection.cancel_safe(timeout=seconds)

    def close(self) -> None:
        """Harmless twice."""
        self.connection.close()

    def _execute(self, text: str, values: tuple[Value, ...]) -> Ran:
        self.heard(text)
        cursor = self.connection.execute(text, values)
        return Ran(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def _busy(self, statement: str) -> LockBusy:
        found = self.connection.execute(BLOCKERS).fetchall()
        held = "; ".join(
            f"pid {pid} ({name}) since {age} s: {' '.join(text.split())}" for pid, name, age, text in found
        )
        return LockBusy(
            f"No lock for {LOCK_SECONDS_MAX / 60:.0f} minutes",
            where=_short(statement),
            why=f"Transactions that are open: {held or 'none now'}.",
            fix="End the longest one, or wait, then run the same command again: it goes on where it stopped.",
        )


def _too_long(statement: str, limit_ms: int) -> TooLong:
    return TooLong(
        f"A statement did not end within {limit_ms} ms, {SLOW_MAX} times",
        where=_short(statement),
        why="Others wait behind it for as long as it takes, so it was ended. It has changed nothing.",
        fix="Make what it must read smaller, or run it by hand when nobody works on the table.",
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:69]}…"
