"""PostgreSQL's dialect: what it keeps in the schema `shipway`, and how it is asked and walked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shipway.adapters.databases.postgres.catalog import dependents, new_table, read_table
from shipway.adapters.databases.postgres.freezing import Freeze
from shipway.adapters.databases.postgres.surroundings import around
from shipway.adapters.databases.postgres.usage import used
from shipway.adapters.databases.postgres.waits import LOCK_MS
from shipway.adapters.databases.proving import Proving
from shipway.adapters.databases.session import Session, Statement, Statements, Value, escaped
from shipway.schema.costs import cost
from shipway.schema.operations import named as operation
from shipway.schema.operations.built import Backfill, Built
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table

__all__ = [
    "LOCK_MS",
    "STATEMENTS",
    "around",
    "cost",
    "dependents",
    "measuring",
    "new_table",
    "operation",
    "proving",
    "quoted",
    "read_table",
    "used",
    "walking",
]

SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(part.relid)), pg_total_relation_size(to_regclass(%s)))::bigint
    FROM pg_partition_tree(to_regclass(%s)) part
"""
LOCK_KEY = 0x73687770
"""`shwp`: with the change's hash, the advisory lock that lets one command at a time work on a change."""
STATEMENTS = Statements(
    tables=(
        "CREATE SCHEMA IF NOT EXISTS shipway",
        """CREATE TABLE IF NOT EXISTS shipway.changes (
            name text PRIMARY KEY, file text NOT NULL, digest text NOT NULL, phase smallint NOT NULL,
            tables jsonb NOT NULL,
            begun_at timestamptz NOT NULL DEFAULT now(), phase_at timestamptz NOT NULL DEFAULT now(),
            verified_at timestamptz)""",
        """CREATE TABLE IF NOT EXISTS shipway.steps (
            change text NOT NULL REFERENCES shipway.changes ON DELETE CASCADE, step text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (change, step))""",
        """CREATE TABLE IF NOT EXISTS shipway.backfills (
            change text NOT NULL REFERENCES shipway.changes ON DELETE CASCADE, step text NOT NULL,
            last jsonb, upper jsonb,
            rows_walked bigint NOT NULL DEFAULT 0, rows_written bigint NOT NULL DEFAULT 0,
            rows_total bigint NOT NULL,
            seconds double precision NOT NULL DEFAULT 0, is_done boolean NOT NULL DEFAULT false,
            PRIMARY KEY (change, step))""",
    ),
    exists="SELECT to_regclass('shipway.backfills') IS NOT NULL",
    take=f"SELECT pg_try_advisory_lock({LOCK_KEY}, hashtext(%s))",
    change="""SELECT file, digest, phase, tables::text, extract(epoch FROM phase_at)::float8,
        extract(epoch FROM now() - phase_at)::float8, extract(epoch FROM verified_at)::float8
        FROM shipway.changes WHERE name = %s""",
    names="SELECT name FROM shipway.changes ORDER BY begun_at, name",
    begin="INSERT INTO shipway.changes (name, file, digest, phase, tables) VALUES (%s, %s, %s, 0, %s::jsonb)",
    reach="UPDATE shipway.changes SET phase = %s, phase_at = now() WHERE name = %s AND phase < %s",
    verify="UPDATE shipway.changes SET verified_at = now() WHERE name = %s",
    forget="DELETE FROM shipway.changes WHERE name = %s",
    done="INSERT INTO shipway.steps (change, step) VALUES (%s, %s) ON CONFLICT DO NOTHING",
    steps="SELECT step FROM shipway.steps WHERE change = %s",
    walks="""SELECT last::text, upper::text, rows_walked, rows_written, rows_total, seconds, is_done
        FROM shipway.backfills WHERE change = %s AND step LIKE %s ORDER BY step""",
    walk_begin="""INSERT INTO shipway.backfills (change, step, upper, rows_total, is_done)
        VALUES (%s, %s, %s::jsonb, %s, %s)
        ON CONFLICT (change, step) DO UPDATE SET last = NULL, upper = excluded.upper, rows_walked = 0,
        rows_total = excluded.rows_total, seconds = 0, is_done = excluded.is_done""",
    walk_move="""UPDATE shipway.backfills SET last = %s::jsonb, rows_walked = %s,
        rows_written = rows_written + %s, seconds = %s, is_done = %s WHERE change = %s AND step = %s""",
    wish_tables=(
        "CREATE SCHEMA IF NOT EXISTS shipway",
        """CREATE TABLE IF NOT EXISTS shipway.wishes (
            change text NOT NULL, store text NOT NULL, phase smallint NOT NULL, generation bigint NOT NULL,
            at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (change, store))""",
    ),
    wish_exists="SELECT to_regclass('shipway.wishes') IS NOT NULL",
    wish_accept="""INSERT INTO shipway.wishes (change, store, phase, generation) VALUES (%s, %s, %s, %s)
        ON CONFLICT (change, store)
        DO UPDATE SET phase = excluded.phase, generation = excluded.generation, at = now()
        WHERE shipway.wishes.generation <= excluded.generation""",
    wish_newest="SELECT change, generation FROM shipway.wishes WHERE store = %s",
    pause_tables=(
        """CREATE TABLE IF NOT EXISTS shipway.pauses (
            change text NOT NULL REFERENCES shipway.changes ON DELETE CASCADE, step text NOT NULL,
            why text NOT NULL, since timestamptz NOT NULL DEFAULT now(), at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (change, step))""",
    ),
    pause_exists="SELECT to_regclass('shipway.pauses') IS NOT NULL",
    pause_note="""INSERT INTO shipway.pauses AS p (change, step, why) VALUES (%s, %s, %s)
        ON CONFLICT (change, step) DO UPDATE SET why = excluded.why, at = now(),
        since = CASE WHEN p.at < now() - make_interval(secs => %s) THEN now() ELSE p.since END""",
    pause_over="DELETE FROM shipway.pauses WHERE change = %s AND step = %s",
    pauses="""SELECT why, extract(epoch FROM since)::float8 FROM shipway.pauses
        WHERE change = %s AND at >= now() - make_interval(secs => %s) ORDER BY since""",
    speed="""SELECT sum(rows_walked)::bigint, sum(seconds)::float8 FROM shipway.backfills
        WHERE rows_walked > %s AND seconds > 0""",
    pressure="""SELECT
        coalesce((SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication), 0)::float8,
        (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())""",
)


@dataclass(frozen=True)
class Rows:
    """Keys as texts, compared as rows."""

    key: str
    reads: str
    casts: str
    ascending: str
    descending: str

    def after(self, key: list[Value]) -> Statement:
        """Behind this key."""
        return f"({self.key}) > ({self.casts})", tuple(key)

    def until(self, key: list[Value]) -> Statement:
        """Up to this key."""
        return f"({self.key}) <= ({self.casts})", tuple(key)


def walking(what: Backfill, types: Mapping[str, str]) -> Rows:
    """See `session.Dialect`."""
    key = ", ".join(what.key)
    return Rows(
        key=escaped(key),
        reads=", ".join(f"{one}::text AS key_{at}" for at, one in enumerate(what.key)),
        casts=", ".join(f"%s::{escaped(types[one])}" for one in what.key),
        ascending=key,
        descending=", ".join(f"{one} DESC" for one in what.key),
    )


def measuring(session: Session, table: Table, rows: int) -> tuple[int, str]:
    """See `session.Dialect`."""
    size = session.rows(SIZE, (table.sql, table.sql))[0][0]
    return int(str(size or 0)), f"SELECT count(*) FROM (SELECT 1 FROM {table.sql} LIMIT {rows}) p"


def proving(session: Session, change: str, built: Sequence[Built]) -> Proving:
    """See `session.Dialect`."""
    return Freeze(session, change, built)
