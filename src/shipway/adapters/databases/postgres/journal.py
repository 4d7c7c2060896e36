"""What has happened to a database, kept in that database: schema `shipway`.

A step is noted in the transaction that does it, so that after a crash it is known whether it happened. What is
built concurrently cannot be; for that the catalog is asked.
"""

from msgspec import Struct, json

from shipway.adapters.databases.postgres.session import Row, Session, Value
from shipway.model.phase import Phase
from shipway.schema.table import Table

TABLES = (
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
        rows_walked bigint NOT NULL DEFAULT 0, rows_written bigint NOT NULL DEFAULT 0, rows_total bigint NOT NULL,
        seconds double precision NOT NULL DEFAULT 0, is_done boolean NOT NULL DEFAULT false,
        PRIMARY KEY (change, step))""",
)
CHANGE = """
    SELECT file, digest, phase, tables::text, extract(epoch FROM phase_at)::float8,
           extract(epoch FROM now() - phase_at)::float8, extract(epoch FROM verified_at)::float8
    FROM shipway.changes WHERE name = %s
"""
LOCK_KEY = 0x73687770
"""`shwp`: with the change's hash, the advisory lock that lets one command at a time work on a change."""
Statement = tuple[str, tuple[Value, ...]]


class Record(Struct, frozen=True, kw_only=True):
    """How far a change is."""

    name: str
    file: str
    digest: str
    phase: Phase
    tables: tuple[Table, ...]
    """As they were when it began, one for each step."""
    phase_at: float
    age_seconds: float
    """Since the phase was reached, on the database's clock."""
    verified_at: float | None = None


class Walk(Struct, frozen=True, kw_only=True):
    """How far a backfill is."""

    last: list[object] | None
    """The key of the last row that was walked."""
    upper: list[object] | None
    rows_walked: int
    rows_written: int
    rows_total: int
    seconds: float
    is_done: bool


def prepare(session: Session) -> None:
    """Make the tables. Safe to repeat."""
    if not exists(session):
        session.together([(text, ()) for text in TABLES])


def exists(session: Session) -> bool:
    """Whether this database has a journal."""
    return session.rows("SELECT to_regclass('shipway.backfills') IS NOT NULL")[0][0] is True


def is_ours(session: Session, change: str) -> bool:
    """Take the change for this session; false where another one has it."""
    row = session.rows("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_KEY, change))[0]
    return row[0] is True


def record(session: Session, change: str) -> Record | None:
    """None where it never began, or was taken back."""
    found = session.rows(CHANGE, (change,)) if exists(session) else []
    return _record(change, found[0]) if found else None


def names(session: Session) -> list[str]:
    """Every change that has begun, the newest last."""
    if not exists(session):
        return []
    return [str(row[0]) for row in session.rows("SELECT name FROM shipway.changes ORDER BY begun_at, name")]


def _record(name: str, row: Row) -> Record:
    file, digest, phase, tables, phase_at, age, verified_at = row
    return Record(
        name=name,
        file=str(file),
        digest=str(digest),
        phase=Phase(int(str(phase))),
        tables=json.decode(str(tables), type=tuple[Table, ...]),
        phase_at=float(str(phase_at)),
        age_seconds=float(str(age)),
        verified_at=None if verified_at is None else float(str(verified_at)),
    )


def begun(name: str, *, file: str, digest: str, tables: tuple[Table, ...]) -> Statement:
    """A new change."""
    text = "INSERT INTO shipway.changes (name, file, digest, phase, tables) VALUES (%s, %s, %s, 0, %s::jsonb)"
    return text, (name, file, digest, json.encode(tables).decode())


def reached(name: str, phase: Phase) -> Statement:
    """A phase is whole."""
    text = "UPDATE shipway.changes SET phase = %s, phase_at = now() WHERE name = %s AND phase < %s"
    return text, (int(phase), name, int(phase))


def verified(name: str) -> Statement:
    """Nothing was wrong just now."""
    return "UPDATE shipway.changes SET verified_at = now() WHERE name = %s", (name,)


def forgotten(name: str) -> Statement:
    """A change that was taken back has left nothing."""
    return "DELETE FROM shipway.changes WHERE name = %s", (name,)


def done(change: str, step: str) -> Statement:
    """A step has happened."""
    return "INSERT INTO shipway.steps (change, step) VALUES (%s, %s) ON CONFLICT DO NOTHING", (change, step)


def steps(session: Session, change: str) -> frozenset[str]:
    """Those that have happened."""
    return frozenset(
        str(row[0]) for row in session.rows("SELECT step FROM shipway.steps WHERE change = %s", (change,))
    )


WALKS = """
    SELECT last::text, upper::text, rows_walked, rows_written, rows_total, seconds, is_done
    FROM shipway.backfills WHERE change = %s AND step LIKE %s ORDER BY step
"""


def walk(session: Session, change: str, step: str) -> Walk | None:
    """None where the backfill did not begin."""
    found = session.rows(WALKS, (change, step))
    return _walk(found[0]) if found else None


def walks(session: Session, change: str) -> list[Walk]:
    """All backfills of a change that have begun."""
    return [_walk(row) for row in session.rows(WALKS, (change, "%"))]


def _walk(row: Row) -> Walk:
    last, upper, walked, written, total, seconds, is_done = row
    return Walk(
        last=None if last is None else json.decode(str(last), type=list[object]),
        upper=None if upper is None else json.decode(str(upper), type=list[object]),
        rows_walked=int(str(walked)),
        rows_written=int(str(written)),
        rows_total=int(str(total)),
        seconds=float(str(seconds)),
        is_done=bool(is_done),
    )


def walk_begun(change: str, step: str, *, upper: str | None, rows_total: int) -> Statement:
    """From the first row; the last one is fixed now, so that it ends under inserts: those are right already."""
    text = """INSERT INTO shipway.backfills (change, step, upper, rows_total, is_done)
        VALUES (%s, %s, %s::jsonb, %s, %s)
        ON CONFLICT (change, step) DO UPDATE SET last = NULL, upper = excluded.upper, rows_walked = 0,
        rows_total = excluded.rows_total, seconds = 0, is_done = excluded.is_done"""
    return text, (change, step, upper, rows_total, upper is None)
