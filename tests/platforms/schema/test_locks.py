"""While one reader holds a table for long, DDL waits for it, and nobody waits for the DDL."""

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from platforms.schema.killing import Command, back, ran, to_the_end, to_the_switch
from postgres import database, postgres_server, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session

HELD_SECONDS = 4.0
STALL_PART_MAX = 0.25
"""A reader waits for less than this part of the time that the table is held."""
ADD = "ALTER TABLE users ADD COLUMN email_address text"


class Reader:
    """Reads one row again and again, and remembers its longest wait."""

    def __init__(self, uri: str, table: str) -> None:
        self.uri, self.table, self.longest, self.reads, self.stop = uri, table, 0.0, 0, threading.Event()

    def __call__(self) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            while not self.stop.wait(0.005):
                began = time.monotonic()
                connection.execute(f"SELECT id FROM {self.table} WHERE id = 1")  # type: ignore[arg-type]
                self.longest = max(self.longest, time.monotonic() - began)
                self.reads += 1


def stalled(uri: str, ddl: Callable[[], object]) -> tuple[float, int]:
    """As `watched`, on a new table."""
    run(
        uri,
        "DROP TABLE IF EXISTS users",
        "CREATE TABLE users (id bigint PRIMARY KEY)",
        "INSERT INTO users VALUES (1)",
    )
    return watched(uri, ddl)


def watched(uri: str, ddl: Callable[[], object], table: str = "users") -> tuple[float, int]:
    """The longest wait of a reader while the table is held and the DDL runs, and how much was read."""
    reader = Reader(uri, table)
    threads = [threading.Thread(target=reader, daemon=True), threading.Thread(target=ddl, daemon=True)]
    with psycopg.connect(uri) as holder:
        holder.execute(f"SELECT * FROM {table}")  # type: ignore[arg-type]
        for thread in threads:
            thread.start()
        time.sleep(HELD_SECONDS)
    threads[1].join(30)
    assert not threads[1].is_alive(), "the DDL got its lock when the reader was gone"
    reader.stop.set()
    threads[0].join(30)
    return reader.longest, reader.reads


@pytest.mark.timeout(120)
def test_a_long_reader_holds_up_nobody_else(database: str) -> None:  # noqa: F811
    retries: list[int] = []

    def ours() -> None:
        with connected(database, purpose="test") as connection:
            session = Session(connection)
            session.together([(ADD, ())])
            retries.append(session.lock_retries)

    def control() -> None:
        run(database, ADD)

    stall, reads = stalled(database, ours)
    stall_control, reads_control = stalled(database, control)
    assert retries[0] >= 2, "it gave up its place in the queue and tried again"
    assert stall < HELD_SECONDS * STALL_PART_MAX
    assert stall_control > HELD_SECONDS / 2, "without a lock timeout everybody waits, or this shows nothing"
    assert reads > reads_control


SETUP = (
    "CREATE TABLE users (id bigserial PRIMARY KEY, name text, street text)",
    "INSERT INTO users (name, street) SELECT 'f' || n || ' l' || n, 's' || n FROM generate_series(1, 3000) n",
    "ANALYZE users",
)
STEPS = {
    "split_column": """split_column:
      {table: users, column: name, into: {first_name: text, last_name: text},
       up: {first_name: "split_part(name, ' ', 1)", last_name: "split_part(name, ' ', 2)"},
       down: "concat_ws(' ', first_name, last_name)", required: "first_name, last_name"}""",
    "merge_column": """merge_column:
      {table: users, columns: "name, street", into: whole, type: text, up: "concat_ws(', ', name, street)",
       down: {name: "split_part(whole, ', ', 1)", street: "split_part(whole, ', ', 2)"}}""",
    "add_table": 'add_table: {table: bills, columns: "id bigint PRIMARY KEY, buyer bigint REFERENCES users (id)"}',
    "rename_table": "rename_table: {table: users, to: accounts}",
    "split_table": "split_table: {table: users, columns: street, into: addresses}",
    "sql": """sql:
      {table: users, expand: ALTER TABLE users ADD COLUMN tier text,
       backfill: UPDATE users SET tier = name WHERE tier IS DISTINCT FROM name,
       contract: ALTER TABLE users DROP COLUMN name, revert: ALTER TABLE users DROP COLUMN IF EXISTS tier}""",
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", STEPS)
def test_no_phase_of_an_operation_stalls_readers_behind_a_long_one(
    name: str,
    database: str,  # noqa: F811
) -> None:
    run(database, *SETUP)
    done: list[Command] = []

    def act(command: Command) -> Callable[[], None]:
        def run_it() -> None:
            ran(database, STEPS[name], command)
            done.append(command)

        return run_it

    commands = (to_the_switch, back, to_the_switch, to_the_end)
    called = ("users", "users", "users", "accounts" if name == "rename_table" else "users")
    stalls = [watched(database, act(one), table)[0] for one, table in zip(commands, called, strict=True)]
    assert done == [*commands], "each got its locks when the reader was gone"
    print(name, [f"{stall * 1000:.0f} ms" for stall in stalls])
    assert max(stalls) < HELD_SECONDS * STALL_PART_MAX
