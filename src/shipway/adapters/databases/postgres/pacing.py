"""How quick a database is with a table, from a short look at it and from backfills that it has seen."""

import time

from shipway.adapters.databases.session import Session
from shipway.schema.costs import Pace
from shipway.schema.table import Table

PROBE_ROWS = 100_000
GUESS_ROWS_PER_SECOND = 20_000.0
"""Of a backfill nobody has measured here: what a busy machine of two cores does."""
WALKED_MIN = 10_000
SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(part.relid)), pg_total_relation_size(to_regclass(%s)))::bigint
    FROM pg_partition_tree(to_regclass(%s)) part
"""
SPEED = """
    SELECT sum(rows_walked)::bigint, sum(seconds)::float8 FROM shipway.backfills
    WHERE rows_walked > %s AND seconds > 0
"""


def pace(session: Session, table: Table) -> Pace:
    """Reads at most `PROBE_ROWS` rows of it. Raises `DatabaseError`."""
    size = session.rows(SIZE, (table.sql, table.sql))[0][0]
    began = time.monotonic()
    read = int(str(session.rows(f"SELECT count(*) FROM (SELECT 1 FROM {table.sql} LIMIT {PROBE_ROWS}) p")[0][0]))
    seconds = (time.monotonic() - began) * max(1.0, table.rows / max(1, read))
    speed = _speed(session)
    return Pace(
        table=table.sql,
        rows=table.rows,
        size_bytes=int(str(size or 0)),
        scan_seconds=seconds,
        rows_per_second=speed or GUESS_ROWS_PER_SECOND,
        is_measured=bool(speed),
    )


def _speed(session: Session) -> float:
    """Of all backfills so far; 0 where there was none worth the name."""
    if session.rows(session.dialect.STATEMENTS.exists)[0][0] is not True:
        return 0.0
    rows, seconds = session.rows(SPEED, (WALKED_MIN,))[0]
    return float(str(rows)) / float(str(seconds)) if rows and seconds else 0.0
