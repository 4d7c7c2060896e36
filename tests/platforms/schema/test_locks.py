"""While one reader holds a table for long, DDL waits for it, and nobody waits for the DDL."""

import threading
import time

import psycopg
import pytest

from postgres import database, postgres_server, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session

HELD_SECONDS = 4.0
STALL_PART_MAX = 0.25
"""A reader waits for less than this part of the time that the table is held."""
ADD = "ALTER TABLE users ADD COLUMN email_address text"


class Reader:
    """Reads one row again and again, and remembers its longest wait."""

    def __init__(self, uri: str) -> None:
        self.uri, self.longest, self.reads, self.stop = uri, 0.0, 0, threading.Event()

    def __call__(self) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            while not self.stop.wait(0.005):
                began = time.monotonic()
                connection.execute("SELECT id FROM users WHERE id = 1")
                self.longest = max(self.longest, time.monotonic() - began)
                self.reads += 1


def stalled(uri: str, ddl: object) -> tuple[float, int]:
    """The longest wait of a reader while the table is held and the DDL runs, and how much was read."""
    run(
        uri,
        "DROP TABLE IF EXISTS users",
        "CREATE TABLE users (id bigint PRIMARY KEY)",
        "INSERT INTO users VALUES (1)",
    )
    reader = Reader(uri)
    threads = [threading.Thread(target=reader, daemon=True), threading.Thread(target=ddl, daemon=True)]  # type: ignore[arg-type]
    with psycopg.connect(uri) as holder:
        holder.execute("SELECT * FROM users")
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
