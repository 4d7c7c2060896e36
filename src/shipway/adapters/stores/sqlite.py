"""The store of one machine: a SQLite file in WAL mode that several processes share."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from shipway.adapters.stores import failures
from shipway.adapters.stores.failures import explained
from shipway.adapters.stores.journal import SqlJournal
from shipway.adapters.stores.leases import SqlLeases
from shipway.adapters.stores.revisions import SqlRevisions
from shipway.adapters.stores.schema import BUSY_SECONDS, HEAD, connect, version_at
from shipway.adapters.stores.sqlite_lanes import SqliteLanes

RETRY_SECONDS = 0.02


class SqliteStore:
    """One open store. Closing it waits for what is under way."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self.lanes = SqliteLanes(path, busy_seconds=busy_seconds)
        self.journal = SqlJournal(self.lanes)
        self.leases = SqlLeases(self.lanes)
        self.revisions = SqlRevisions(self.lanes)

    def close(self) -> None:
        """Give the file back."""
        self.lanes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()


def open_store(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> SqliteStore:
    """Open the store at `path`, made or brought up to date where needed.

    Any number of processes may do so at once. Raises `StoreNewer`, `StoreCorrupt`, `StoreLocked`, `DiskFull` or
    `StoreUnwritable`; then nothing was changed.
    """
    with explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        version = version_at(path, busy_seconds=busy_seconds)
        write_ahead(path, busy_seconds=busy_seconds)
        if version != HEAD:
            _migrate(path, busy_seconds=busy_seconds)
    return SqliteStore(path, busy_seconds=busy_seconds)


def _migrate(path: Path, *, busy_seconds: float) -> None:
    # Alembic is slow to load, and a store is up to date nearly always.
    from shipway.adapters.stores.migrate import migrate

    migrate(path, busy_seconds=busy_seconds)


def write_ahead(path: Path, *, busy_seconds: float) -> None:
    """SQLite does not wait for locks when it changes the mode of its log, so we do. The mode stays in the file."""
    deadline = time.monotonic() + busy_seconds
    while (mode := _try_write_ahead(path)) is None:
        if time.monotonic() > deadline:
            raise failures.locked(path, f"still locked after {busy_seconds:g} s")
        time.sleep(RETRY_SECONDS)
    if mode != "wal":
        raise failures.failed(path, f"this file system cannot hold a write-ahead log, only `{mode}`")


def _try_write_ahead(path: Path) -> str | None:
    with closing(connect(path, mode="rwc", busy_seconds=RETRY_SECONDS)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return None
    return str(mode)
