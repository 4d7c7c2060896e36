"""How quick a database is with a table, from a short look at it and from backfills that it has seen."""

import time

from shipway.adapters.databases.session import Session
from shipway.schema.costs import Pace
from shipway.schema.table import Table

PROBE_ROWS = 100_000
GUESS_ROWS_PER_SECOND = 20_000.0
"""Of a backfill nobody has measured here: what a busy machine of two cores does."""
WALKED_MIN = 10_000
NOTHING = "SELECT 0"
"""Of a table that is not there yet: an operation will make it."""


def pace(session: Session, table: Table) -> Pace | None:
    """Reads at most `PROBE_ROWS` rows of it; none where a dialect estimates nothing. Raises `DatabaseError`."""
    size, probe = session.dialect.measuring(session, table, PROBE_ROWS) if table.columns else (0, NOTHING)
    if not probe:
        return None
    began = time.monotonic()
    read = int(str(session.rows(probe)[0][0]))
    seconds = (time.monotonic() - began) * max(1.0, table.rows / max(1, read)) if table.columns else 0.0
    speed = _speed(session)
    return Pace(
        table=table.sql,
        rows=table.rows,
        size_bytes=size,
        scan_seconds=seconds,
        rows_per_second=speed or GUESS_ROWS_PER_SECOND,
        is_measured=bool(speed),
    )


def _speed(session: Session) -> float:
    """Of all backfills so far; 0 where there was none worth the name."""
    statements = session.dialect.STATEMENTS
    if not session.rows(statements.exists)[0][0]:
        return 0.0
    rows, seconds = session.rows(statements.speed, (WALKED_MIN,))[0]
    return float(str(rows)) / float(str(seconds)) if rows and seconds else 0.0
