"""While one reader holds a table for long, DDL waits for it, and nobody waits for the DDL: on a real MariaDB."""

import threading
import time
from collections.abc import Callable

import pytest

from mariadb import mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.test_mariadb_changes import runner
from platforms.schema.test_mariadb_operations import CASES, SETUP
from shipway.adapters.databases.mariadb.connecting import connection_to
from shipway.adapters.databases.mariadb.session import Session
from shipway.adapters.databases.opening import opened
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.operations.built import Batch

HELD_SECONDS, STALL_PART_MAX = 4.0, 0.2
"""A reader waits for less than this part of the time that the table is held; measured it is a tenth of that.
Without a watch it would be a second, which is `lock_wait_timeout`."""
WATCHING = """SELECT COUNT(*) FROM information_schema.PROCESSLIST
    WHERE ID <> CONNECTION_ID() AND INFO LIKE '%KILL QUERY%'"""


class Reader:
    """Reads one row again and again, and remembers its longest wait."""

    def __init__(self, uri: str) -> None:
        self.uri, self.longest, self.reads, self.stop = uri, 0.0, 0, threading.Event()

    def __call__(self) -> None:
        connection = connection_to(self.uri, purpose="reader", seconds=10)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = 60")
            while not self.stop.wait(0.005):
                began = time.monotonic()
                cursor.execute("SELECT id FROM users WHERE id = 1")
                self.longest = max(self.longest, time.monotonic() - began)
                self.reads += 1
        connection.close()


def stalled(uri: str, ddl: Callable[[], object]) -> tuple[float, int]:
    """The longest wait of a reader while the table is held and the DDL runs, and how much was read."""
    reader = Reader(uri)
    threads = [threading.Thread(target=reader, daemon=True), threading.Thread(target=ddl, daemon=True)]
    holder = connection_to(uri, purpose="holder", seconds=10)
    holder.begin()
    with holder.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM users")
        for thread in threads:
            thread.start()
        time.sleep(HELD_SECONDS)
    holder.close()
    threads[1].join(60)
    assert not threads[1].is_alive(), "the DDL got its lock when the reader was gone"
    reader.stop.set()
    threads[0].join(30)
    return reader.longest, reader.reads


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "words", ["ADD COLUMN token INT, ALGORITHM=INSTANT", "ADD INDEX i (team), ALGORITHM=NOCOPY"]
)
def test_a_long_reader_holds_up_nobody_else(words: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP)
    text = f"ALTER TABLE users {words}, LOCK=NONE"
    retries: list[int] = []

    def ours() -> None:
        with opened(mariadb, purpose="test") as session:
            assert isinstance(session, Session)
            session.undo(Batch(statements=(text,), what="", is_long=True))
            retries.append(session.lock_retries)

    stall, _ = stalled(mariadb, ours)
    run(mariadb, "DROP TABLE users", *SETUP[2:])
    stall_control, _ = stalled(mariadb, lambda: run(mariadb, text))
    print(f"longest wait of a reader: {stall * 1000:.0f} ms; without a watch {stall_control * 1000:.0f} ms")
    assert retries[0] >= 2, "it gave up its place in the queue and tried again"
    assert stall < HELD_SECONDS * STALL_PART_MAX
    assert stall_control > HELD_SECONDS / 2, "without a watch everybody waits, or this shows nothing"


OPERATIONS = ("add_column", "set_not_null", "add_index", "add_foreign_key", "rename_column")
RENAME = "rename_column: {table: users, from: age, to: years}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_phase_of_an_operation_stalls_readers_behind_a_long_one(name: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP, CASES[name].before if name in CASES else "DO 0")
    step = CASES[name].step if name in CASES else RENAME
    done: list[str] = []

    def act(said: str, command: Callable[[Runner], object]) -> Callable[[], None]:
        def run_it() -> None:
            with runner(mariadb, step) as one:
                command(one)
            done.append(said)

        return run_it

    def there(one: Runner) -> None:
        one.reach(Phase.SWITCHED, lambda walk: None)

    commands = {
        "there": there,
        "back": lambda one: one.revert(),
        "there again": there,
        "to the end": lambda one: one.reach(Phase.CONTRACTED, lambda walk: None),
    }
    stalls = {said: stalled(mariadb, act(said, command))[0] for said, command in commands.items()}
    assert done == [*commands], "each got its locks when the reader was gone"
    print(name, {said: f"{stall * 1000:.0f} ms" for said, stall in stalls.items()})
    assert max(stalls.values()) < HELD_SECONDS * STALL_PART_MAX


def test_nothing_watches_a_session_whose_statement_is_over(mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP)
    with opened(mariadb, purpose="test") as session:
        session.undo(Batch(statements=("ALTER TABLE users ADD COLUMN token INT, ALGORITHM=INSTANT",), what=""))
        until = time.monotonic() + 30
        while rows(mariadb, WATCHING) != [(0,)] and time.monotonic() < until:
            time.sleep(0.05)
        assert rows(mariadb, WATCHING) == [(0,)]
