"""One connection to a file of SQLite. DDL is transactional, so a step and its note are one."""

import fcntl
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shipway.adapters.databases.errors import Busy, DatabaseError
from shipway.adapters.databases.session import Dialect, Done, Execute, Ran, Row, Statement, Value
from shipway.schema.dialects.sqlite import text
from shipway.schema.operations.built import Batch

EDIT = "UPDATE sqlite_schema"


class Session:
    """Runs what is written; decides nothing. `heard` gets each statement before it is sent."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.heard: Callable[[str], None] = lambda text: None
        self.is_broken = False
        self.connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA foreign_keys = ON")
        self._taken: dict[str, IO[bytes]] = {}
        functions: tuple[tuple[str, int, Callable[..., str | int]], ...] = (
            ("shipway_take", 1, self._take),
            ("shipway_defined", 3, text.defined),
            ("shipway_added", 2, text.added),
            ("shipway_removed", 2, text.removed),
        )
        for name, count, function in functions:
            self.connection.create_function(name, count, function)

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        from shipway.adapters.databases.sqlite import dialect

        return dialect

    def rows(self, query: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """What a query answers. Raises `DatabaseError`."""
        with _explained(query):
            return self._execute(query, values).rows

    def together(self, statements: Iterable[Statement], *, is_long: bool = False) -> None:
        """All or nothing. Raises `DatabaseError`."""
        kept = list(statements)
        with _explained(kept[0][0]), self._transaction():
            for statement, values in kept:
                self._execute(statement, values)

    def step(self, batch: Batch, done: Statement) -> None:
        """A batch and its note in one transaction."""
        self.together([*((statement, ()) for statement in batch.statements), done])

    def undo(self, batch: Batch) -> None:
        """In one transaction."""
        self.together([(statement, ()) for statement in batch.statements])

    def batch(self, act: Callable[[Execute], Done]) -> Done:
        """One transaction. Raises `Busy` where somebody else writes for longer than the connection waits."""
        try:
            with self._transaction():
                return act(self._execute)
        except sqlite3.OperationalError as error:
            raise Busy(explained(error, where="backfill")) from error
        except sqlite3.Error as error:
            raise explained(error, where="backfill") from error

    def limit(self, seconds: float) -> None:
        """A local file answers at once, or somebody writes to it."""
        self.connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def cancel(self, seconds: float) -> None:
        """What runs now, from another thread."""
        with suppress(sqlite3.Error):
            self.connection.interrupt()

    def close(self) -> None:
        """Harmless twice."""
        for lock in self._taken.values():
            lock.close()
        self._taken.clear()
        self.is_broken = True
        self.connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def _execute(self, statement: str, values: tuple[Value, ...]) -> Ran:
        self.heard(statement)
        if statement.startswith(EDIT):
            return self._edit(statement)
        own = statement.replace("%s", "?").replace("%%", "%") if values else statement
        cursor = self.connection.execute(own, values)
        return Ran(cursor.fetchall(), cursor.rowcount)

    def _edit(self, statement: str) -> Ran:
        """A table's text, as SQLite's manual says: every connection reads the schema anew afterwards."""
        ((version,),) = self.connection.execute("PRAGMA schema_version").fetchall()
        self.connection.execute("PRAGMA writable_schema = ON")
        try:
            count = self.connection.execute(statement).rowcount
            self.connection.execute(f"PRAGMA schema_version = {int(version) + 1}")
        finally:
            self.connection.execute("PRAGMA writable_schema = RESET")
        return Ran([], count)

    def _take(self, change: str) -> int:
        """SQLite has no locks of names, so a file beside it is locked."""
        if change in self._taken:
            return 1
        digest = hashlib.sha256(change.encode()).hexdigest()[:12]
        lock = self.path.with_name(f"{self.path.name}.shipway-{digest}").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return 0
        self._taken[change] = lock
        return 1


@contextmanager
def _explained(statement: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        line = " ".join(statement.split())
        raise explained(error, where=line if len(line) <= 70 else f"{line[:69]}…") from error


def explained(error: sqlite3.Error, *, where: str) -> DatabaseError:
    """What SQLite said, as an error that a user can act on."""
    return DatabaseError(
        "The database refused, or did not answer",
        where=where,
        why=f"SQLite says: {str(error).removesuffix('.')}.",
        fix="Look at the file; `sqlite3` opens it. Where it is locked, end what writes to it.",
    )
