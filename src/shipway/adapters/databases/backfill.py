"""Brings rows into the new shape, in batches that are short in time.

A batch walks a range of the key, and its cursor is kept in the same transaction: a crash repeats nothing and
leaves out nothing. How many rows a batch has follows from how long the last ones took, since writers wait as long
as one batch takes. It waits so short for a lock, or not at all, that it is never somebody else's statement that is
ended for a deadlock.
"""

import time
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from shipway.adapters.databases import journal
from shipway.adapters.databases.errors import Busy
from shipway.adapters.databases.journal import Walk
from shipway.adapters.databases.pausing import Pausing
from shipway.adapters.databases.session import Execute, Session, Statement, escaped
from shipway.schema.operations.built import Backfill

TARGET_SECONDS = 0.075
ROWS_FIRST, ROWS_MIN, ROWS_MAX = 1000, 100, 50_000
GROWTH_MAX = 2.0
REFUSED_MAX = 50
"""Batches in a row that did not get their locks, before that is a pause."""
REST_SECONDS = 0.1
HERE = "\0"
"""Where the batch's condition goes: a sign that no SQL has."""


class Filling:
    """One backfill of one change."""

    def __init__(
        self,
        session: Session,
        what: Backfill,
        types: Mapping[str, str],
        pausing: Pausing,
    ) -> None:
        self.session, self.what, self.pausing = session, what, pausing
        self.change, self.step = pausing.change, pausing.step
        self.walking = session.dialect.walking(what, types)
        self.batch_rows = ROWS_FIRST
        self._refused = 0

    def run(self, told: Callable[[Walk], None]) -> Walk:
        """Until every row is right. Raises `DatabaseError` when something is in the way for too long."""
        walk = journal.walk(self.session, self.change, self.step) or self.begin()
        self.pausing.told = lambda why: told(replace(walk, waits=why))
        while not walk.is_done:
            self.pausing.wait()
            began = time.monotonic()
            try:
                walk = self._batch(walk)
            except Busy as busy:
                self._wait_for_locks(busy)
                told(walk)
                continue
            self._got_through(time.monotonic() - began)
            told(walk)
        return walk

    def _got_through(self, seconds: float) -> None:
        self._refused = 0
        self.pausing.over()
        self._resize(seconds)
        self.pausing.rest_after(seconds)

    def _wait_for_locks(self, busy: Busy) -> None:
        self._refused, self.batch_rows = self._refused + 1, max(ROWS_MIN, self.batch_rows // 2)
        if self._refused > REFUSED_MAX:
            self.pausing.pause(f"others hold locks on its rows ({busy.why.what})")
        else:
            time.sleep(REST_SECONDS)

    def begin(self) -> Walk:
        """From the first row, up to the last one that is there now."""
        found = self.session.rows(
            f"SELECT {self.walking.reads} FROM {self.what.table} ORDER BY {self.walking.descending} LIMIT 1"
        )
        upper = list(found[0]) if found else None
        journal.begin_walk(self.session, self.change, self.step, upper=upper, rows_total=self.what.rows)
        walk = journal.walk(self.session, self.change, self.step)
        assert walk is not None
        return walk

    def _batch(self, walk: Walk) -> Walk:
        """One transaction: find where the batch ends, write its rows, keep the cursor."""
        began = time.monotonic()

        def act(execute: Execute) -> Walk:
            end, is_last = self._end(execute, walk)
            written = self._write(execute, walk.last, end)
            now = replace(
                walk,
                last=end,
                rows_walked=walk.rows_walked + (written if is_last else self.batch_rows),
                rows_written=walk.rows_written + written,
                seconds=walk.seconds + time.monotonic() - began,
                is_done=is_last,
            )
            execute(*journal.walked(self.session, self.change, self.step, now=now, written=written))
            return now

        return self.session.batch(act)

    def _end(self, execute: Execute, walk: Walk) -> tuple[list[object], bool]:
        """The last key of a batch of this size; the upper bound where fewer rows are left."""
        assert walk.upper is not None
        condition, values = self._between(walk.last, walk.upper)
        text = (
            f"SELECT {escaped(self.walking.reads)} FROM {escaped(self.what.table)} WHERE {condition}"
            f" ORDER BY {escaped(self.walking.ascending)} LIMIT 1 OFFSET {self.batch_rows - 1}"
        )
        found = execute(text, values).rows
        if not found or list(found[0]) == walk.upper:
            return walk.upper, True
        return list(found[0]), False

    def _write(self, execute: Execute, last: list[object] | None, end: list[object]) -> int:
        condition, values = self._between(last, end)
        text = escaped(self.what.statement(HERE)).replace(HERE, condition)
        return execute(text, values).count

    def _between(self, last: list[object] | None, end: list[object]) -> Statement:
        until, up_to = self.walking.until(end)
        if not last:
            return until, up_to
        after, behind = self.walking.after(last)
        return f"{after} AND {until}", (*behind, *up_to)

    def _resize(self, seconds: float) -> None:
        """Towards the target, at most twice as many rows as before."""
        factor = min(GROWTH_MAX, TARGET_SECONDS / max(seconds, 1e-4))
        self.batch_rows = max(ROWS_MIN, min(ROWS_MAX, round(self.batch_rows * (0.5 + 0.5 * factor))))
