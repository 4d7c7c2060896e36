"""SQLite's dialect. What is kept stands in tables `shipway_…` of the same file."""

from collections.abc import Mapping
from dataclasses import dataclass

from shipway.adapters.databases.proving import unproven as proving
from shipway.adapters.databases.session import Session, Statement, Statements, Value
from shipway.adapters.databases.sqlite.catalog import dependents, new_table, read_table
from shipway.adapters.databases.surroundings import Around
from shipway.schema.change import Written
from shipway.schema.costs import Cost, Pace
from shipway.schema.dialects import operation as of_dialect
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.lock import Duration
from shipway.schema.operations import Operation
from shipway.schema.operations.built import Backfill, Batch
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
LOCK_MS = 0
"""See `session.Dialect`."""
NOW = "((julianday('now') - 2440587.5) * 86400.0)"
_EXISTS = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '{}')"
_OWNED = "REFERENCES shipway_changes (name) ON DELETE CASCADE"
STATEMENTS = Statements(
    tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_changes (
            name TEXT PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, phase INTEGER NOT NULL,
            tables TEXT NOT NULL, begun_at REAL NOT NULL DEFAULT {NOW}, phase_at REAL NOT NULL DEFAULT {NOW},
            verified_at REAL)""",
        f"""CREATE TABLE IF NOT EXISTS shipway_steps (
            change TEXT NOT NULL {_OWNED}, step TEXT NOT NULL, at REAL NOT NULL DEFAULT {NOW},
            PRIMARY KEY (change, step))""",
        f"""CREATE TABLE IF NOT EXISTS shipway_backfills (
            change TEXT NOT NULL {_OWNED}, step TEXT NOT NULL, last TEXT, upper TEXT,
            rows_walked INTEGER NOT NULL DEFAULT 0, rows_written INTEGER NOT NULL DEFAULT 0,
            rows_total INTEGER NOT NULL, seconds REAL NOT NULL DEFAULT 0, is_done INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (change, step))""",
    ),
    exists=_EXISTS.format("shipway_backfills"),
    take="SELECT shipway_take(%s)",
    change=f"""SELECT file, digest, phase, tables, phase_at, {NOW} - phase_at, verified_at
        FROM shipway_changes WHERE name = %s""",
    names="SELECT name FROM shipway_changes ORDER BY begun_at, name",
    begin="INSERT INTO shipway_changes (name, file, digest, phase, tables) VALUES (%s, %s, %s, 0, %s)",
    reach=f"UPDATE shipway_changes SET phase_at = {NOW}, phase = %s WHERE name = %s AND phase < %s",
    verify=f"UPDATE shipway_changes SET verified_at = {NOW} WHERE name = %s",
    forget="DELETE FROM shipway_changes WHERE name = %s",
    done="INSERT OR IGNORE INTO shipway_steps (change, step) VALUES (%s, %s)",
    steps="SELECT step FROM shipway_steps WHERE change = %s",
    walks="""SELECT last, upper, rows_walked, rows_written, rows_total, seconds, is_done
        FROM shipway_backfills WHERE change = %s AND step LIKE %s ORDER BY step""",
    walk_begin="""INSERT INTO shipway_backfills (change, step, upper, rows_total, is_done)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (change, step) DO UPDATE SET last = NULL, upper = excluded.upper, rows_walked = 0,
        rows_total = excluded.rows_total, seconds = 0, is_done = excluded.is_done""",
    walk_move="""UPDATE shipway_backfills SET last = %s, rows_walked = %s, rows_written = rows_written + %s,
        seconds = %s, is_done = %s WHERE change = %s AND step = %s""",
    wish_tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_wishes (
            change TEXT NOT NULL, store TEXT NOT NULL, phase INTEGER NOT NULL, generation INTEGER NOT NULL,
            at REAL NOT NULL DEFAULT {NOW}, PRIMARY KEY (change, store))""",
    ),
    wish_exists=_EXISTS.format("shipway_wishes"),
    wish_accept=f"""INSERT INTO shipway_wishes (change, store, phase, generation) VALUES (%s, %s, %s, %s)
        ON CONFLICT (change, store)
        DO UPDATE SET phase = excluded.phase, generation = excluded.generation, at = {NOW}
        WHERE generation <= excluded.generation""",
    wish_newest="SELECT change, generation FROM shipway_wishes WHERE store = %s",
    pause_tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_pauses (
            change TEXT NOT NULL {_OWNED}, step TEXT NOT NULL, why TEXT NOT NULL,
            since REAL NOT NULL DEFAULT {NOW}, at REAL NOT NULL DEFAULT {NOW}, PRIMARY KEY (change, step))""",
    ),
    pause_exists=_EXISTS.format("shipway_pauses"),
    pause_note=f"""INSERT INTO shipway_pauses (change, step, why) VALUES (%s, %s, %s)
        ON CONFLICT (change, step) DO UPDATE SET why = excluded.why,
        since = CASE WHEN at < {NOW} - %s THEN {NOW} ELSE since END, at = {NOW}""",
    pause_over="DELETE FROM shipway_pauses WHERE change = %s AND step = %s",
    pauses=f"SELECT why, since FROM shipway_pauses WHERE change = %s AND at >= {NOW} - %s ORDER BY since",
    speed="SELECT sum(rows_walked), sum(seconds) FROM shipway_backfills WHERE rows_walked > %s AND seconds > 0",
    pressure="SELECT 0, 0",
)


def operation(name: str) -> Operation:
    """See `session.Dialect`."""
    return of_dialect("sqlite", name)


def measuring(session: Session, table: Table, rows: int) -> tuple[int, str]:
    """Nothing is estimated: it is for local development."""
    return 0, ""


def cost(batch: Batch, pace: Pace) -> Cost:
    """Nothing: there is one writer, and it waits for itself."""
    return Cost(lock=None, duration=Duration.INSTANT, seconds=0.0)


def around(session: Session, step: Written, table: Table) -> tuple[Around, ...]:
    """Nothing is looked for; what names an old column is in the way of its contract."""
    return ()


def used(session: Session, *, table: str, old: str, new: str) -> list[str] | None:
    """Nothing is counted."""
    return None


@dataclass(frozen=True)
class Rows:
    """Keys compared as rows."""

    reads: str
    places: str
    descending: str

    @property
    def ascending(self) -> str:
        """The key itself."""
        return self.reads

    def after(self, key: list[Value]) -> Statement:
        """Behind this key."""
        return f"({self.reads}) > ({self.places})", tuple(key)

    def until(self, key: list[Value]) -> Statement:
        """Up to this key."""
        return f"({self.reads}) <= ({self.places})", tuple(key)


def walking(what: Backfill, types: Mapping[str, str]) -> Rows:
    """See `session.Dialect`."""
    return Rows(
        reads=", ".join(what.key),
        places=", ".join("%s" for _ in what.key),
        descending=", ".join(f"{one} DESC" for one in what.key),
    )
