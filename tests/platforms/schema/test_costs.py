"""The locks that `schema plan` tells are those that PostgreSQL takes."""

from collections.abc import Iterator

import psycopg
import pytest

from platforms.schema.test_changes import runner
from postgres import database, postgres_server, run  # noqa: F401 - fixtures
from shipway.schema.costs import Pace, cost
from shipway.schema.lock import Lock
from shipway.schema.operations.built import Batch

PACE = Pace(table="users", rows=0, size_bytes=0, scan_seconds=1.0, rows_per_second=1.0, is_measured=True)
MODES = {lock.label.title().replace(" ", "") + "Lock": lock for lock in Lock}
HELD = """SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
    AND relation IN ('users'::regclass, 'teams'::regclass)"""
TABLES = (
    "CREATE TABLE teams (id int PRIMARY KEY)",
    "INSERT INTO teams SELECT generate_series(1, 9)",
    "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, age int CHECK (age > 0),"
    " team int REFERENCES teams (id), note text)",
    "INSERT INTO users (email, age, team) SELECT 'u' || n, n, 1 + n % 9 FROM generate_series(1, 100) n",
    "ANALYZE",
)
STEPS = (
    "rename_column: {table: users, from: email, to: email_address}",
    "change_type: {table: users, column: team, to: bigint}",
    "set_not_null: {table: users, column: note, backfill: \"'none'\"}",
    "add_check: {table: users, check: age > 0, name: grown}",
    "add_foreign_key: {table: users, columns: age, references: teams, to: id}",
    "drop_column: {table: users, column: note}",
)


@pytest.mark.parametrize("step", STEPS)
def test_the_lock_that_is_told_is_the_one_that_is_taken(step: str, database: str) -> None:  # noqa: F811
    run(database, *TABLES, "UPDATE users SET age = 1 + id % 9", "CREATE SCHEMA shipway")
    with runner(database, step) as one:
        (built,) = one.build(one.tables())
    compared = [_compared(database, batch) for batch in (*built.expand, *built.dual_write)]
    if built.backfill is not None:
        run(database, built.backfill.statement("true"))
    compared += [_compared(database, batch) for batch in (*built.finish, *built.contract)]
    assert any(compared)


def _compared(uri: str, batch: Batch) -> bool:
    """Whether it runs in a transaction, where locks can be looked at."""
    if batch.builds or batch.is_alone:
        run(uri, *batch.statements)
        return False
    strongest = max(_taken(uri, batch), key=list(Lock).index, default=None)
    assert cost(batch, PACE).lock == strongest, batch.statements
    return True


def _taken(uri: str, batch: Batch) -> Iterator[Lock]:
    with psycopg.connect(uri) as connection:
        for statement in batch.statements:
            connection.execute(statement)
        for (mode,) in connection.execute(HELD).fetchall():
            if mode not in ("AccessShareLock", "RowShareLock"):
                yield MODES[mode]
        connection.commit()
