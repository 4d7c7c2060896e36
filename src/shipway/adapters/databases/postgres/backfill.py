"""Brings rows into the new shape, in batches that are short in time.

A batch walks a range of the key, and its cursor is kept in the same transaction: a crash repeats nothing and
leaves out nothing. How many rows a batch has follows from how long the last ones took, since writers wait as long
as one batch takes. It waits less for a lock than PostgreSQL waits before it looks for deadlocks, so that it is
never somebody else's statement that is ended.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import psycopg
from msgspec import json
from psycopg import errors

from shipway.adapters.databases.postgres import journal
from shipway.adapters.databases.postgres.connecting import DatabaseError, explained
from shipway.adapters.databases.postgres.journal import Walk
from shipway.adapters.databases.postgres.session import Session
from shipway.schema.operations.built import Backfill

TARGET_SECONDS = 0.075
ROWS_FIRST, ROWS_MIN, ROWS_MAX = 1000, 100, 50_000
GROWTH_MAX = 2.0
LOCK_MS = 100
BATCH_MS = 10_000
REFUSED_MAX = 600
"""Batches in a row that did not get their locks."""
REST_SECONDS = 0.1
LOOK_SECONDS = 1.0
LAG_SECONDS_MAX = 5.0
WAITING_MAX = 10
PAUSE_SECONDS, PAUSED_SECONDS_MAX = 1.0, 3600.0
PRESSURE = """
    SELECT coalesce((SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication), 0)::float8,
           (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())
"""
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)


class Filling:
    """One backfill of one change."""

    def __init__(self, session: Session, change: str, step: str, what: Backfill, types: Mapping[str, str]) -> None:
        self.session, self.change, self.step, self.what = session, change, step, what
        self.key = ", ".join(what.key)
        self.texts = ", ".join(f"{one}::text AS key_{at}" for at, one in enumerate(what.key))
        self.casts = ", ".join(f"%s::{types[one]}" for one in what.key)
        self.batch_rows = ROWS_FIRST
        self.paused_seconds = 0.0
        self.looked_at = 0.0

    def run(self, told: Callable[[Walk], None]) -> Walk:
        """Until every row is right. Raises `DatabaseError` when locks or replicas never let it go on."""
        walk = journal.walk(self.session, self.change, self.step) or self.begin()
        refused = 0
        while not walk.is_done:
            self._wait_for_others()
            began = time.monotonic()
            try:
                walk = self._batch(walk)
                self._resize(time.monotonic() - began)
                refused = 0
            except BUSY as error:
                refused, self.batch_rows = refused + 1, max(ROWS_MIN, self.batch_rows // 2)
                if refused > REFUSED_MAX:
                    raise explained(error, where=f"backfill of {self.what.table}") from error
                time.sleep(REST_SECONDS)
            except psycopg.Error as error:
                raise explained(error, where=f"backfill of {self.what.table}") from error
            told(walk)
        return walk

    def begin(self) -> Walk:
        """From the first row, up to the last one that is there now."""
        found = self.session.rows(
            f"SELECT {self.texts} FROM {self.what.table} ORDER BY {self._last_first()} LIMIT 1"
        )
        upper = json.encode(found[0]).decode() if found else None
        total = self.what.rows
        self.session.together([journal.walk_begun(self.change, self.step, upper=upper, rows_total=total)])
        walk = journal.walk(self.session, self.change, self.step)
        assert walk is not None
        return walk

    def _last_first(self) -> str:
        return ", ".join(f"{one} DESC" for one in self.what.key)

    def _batch(self, walk: Walk) -> Walk:
        """One transaction: find where the batch ends, write its rows, keep the cursor."""
        connection, began = self.session.connection, time.monotonic()
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
            connection.execute(f"SET LOCAL statement_timeout = {BATCH_MS}")
            end, is_last = self._end(walk)
            written = self._execute(self._write(walk.last), (*(walk.last or ()), *end))
            walked = walk.rows_walked + (written if is_last else self.batch_rows)
            seconds = walk.seconds + time.monotonic() - began
            self._execute(
                "UPDATE shipway.backfills SET last = %s::jsonb, rows_walked = %s,"
                " rows_written = rows_written + %s, seconds = %s, is_done = %s WHERE change = %s AND step = %s",
                (json.encode(end).decode(), walked, written, seconds, is_last, self.change, self.step),
            )
        return Walk(
            last=end,
            upper=walk.upper,
            rows_walked=walked,
            rows_written=walk.rows_written + written,
            rows_total=walk.rows_total,
            seconds=seconds,
            is_done=is_last,
        )

    def _execute(self, text: str, values: Sequence[object]) -> int:
        self.session.heard(text)
        return self.session.connection.execute(text, tuple(values)).rowcount

    def _end(self, walk: Walk) -> tuple[list[object], bool]:
        """The last key of a batch of this size; the upper bound where fewer rows are left."""
        assert walk.upper is not None
        after = f"({self.key}) > ({self.casts}) AND " if walk.last else ""
        text = (
            f"SELECT {self.texts} FROM {self.what.table} WHERE {after}({self.key}) <= ({self.casts})"
            f" ORDER BY {self.key} LIMIT 1 OFFSET {self.batch_rows - 1}"
        )
        self.session.heard(text)
        values = (*(walk.last or ()), *walk.upper)
        found = self.session.connection.execute(text, values).fetchone()
        if found is None or list(found) == walk.upper:
            return walk.upper, True
        return list(found), False

    def _write(self, last: list[object] | None) -> str:
        after = f"({self.key}) > ({self.casts}) AND " if last else ""
        return (
            f"UPDATE {self.what.table} SET {_escaped(self.what.assignment)}"
            f" WHERE {after}({self.key}) <= ({self.casts}) AND {_escaped(self.what.missing)}"
        )

    def _resize(self, seconds: float) -> None:
        """Towards the target, at most twice as many rows as before."""
        factor = min(GROWTH_MAX, TARGET_SECONDS / max(seconds, 1e-4))
        self.batch_rows = max(ROWS_MIN, min(ROWS_MAX, round(self.batch_rows * (0.5 + 0.5 * factor))))

    def _wait_for_others(self) -> None:
        """While replicas are behind, or many wait for locks. Looks once a second."""
        while time.monotonic() - self.looked_at >= LOOK_SECONDS:
            lag, waiting = self.session.rows(PRESSURE)[0]
            self.looked_at = time.monotonic()
            if float(str(lag)) <= LAG_SECONDS_MAX and int(str(waiting)) <= WAITING_MAX:
                return
            self.paused_seconds += PAUSE_SECONDS
            if self.paused_seconds > PAUSED_SECONDS_MAX:
                raise DatabaseError(
                    "The backfill waited for an hour and gave up",
                    where=self.what.table,
                    why=f"Replicas are {lag} s behind, and {waiting} sessions wait for locks.",
                    fix="Run it again when the database has room: it goes on where it stopped.",
                )
            time.sleep(PAUSE_SECONDS)


def _escaped(text: str) -> str:
    """Percent signs of expressions, where psycopg looks for its own."""
    return text.replace("%", "%%")
