"""A quick look into a SQLite store for commands that only show something: no SQLAlchemy, nothing written."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shipway.adapters.stores import rows
from shipway.adapters.stores.failures import explained
from shipway.adapters.stores.schema import HEAD, connect, version_of
from shipway.model.event import Entry
from shipway.ports.leases import Lease
from shipway.ports.revisions import Kept

SERVICES_SQL = "SELECT name FROM services ORDER BY name"
ENTRIES_SQL = "SELECT position, at, event FROM entries WHERE service = ? AND position > ? ORDER BY position"
KEPT_SQL = "SELECT name, value FROM checkpoints WHERE service = ?"
REVISIONS_SQL = "SELECT number, at, revision, release FROM revisions WHERE service = ? ORDER BY number"
HOLDER_SQL = """
    SELECT service, owner, token, expires_at FROM leases
    WHERE service = ? AND expires_at > (julianday('now') - 2440587.5) * 86400.0
"""


class Glance:
    """One read-only connection. Every method raises `StoreFailed`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    def services(self) -> tuple[str, ...]:
        """As `Journal.services`."""
        return tuple(name for (name,) in self._all(SERVICES_SQL))

    def entries(self, service: str, *, after: int = 0) -> tuple[Entry, ...]:
        """As `Journal.read`."""
        return tuple(rows.entry(service, *row) for row in self._all(ENTRIES_SQL, service, after))

    def kept(self, service: str) -> dict[str, bytes]:
        """As `Journal.kept`."""
        return dict(self._all(KEPT_SQL, service))

    def revisions(self, service: str) -> tuple[Kept, ...]:
        """As `Revisions.all`."""
        return tuple(rows.kept(service, *row) for row in self._all(REVISIONS_SQL, service))

    def holder(self, service: str) -> Lease | None:
        """As `Leases.holder`."""
        found = self._all(HOLDER_SQL, service)
        return rows.lease(*found[0]) if found else None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def _all(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        with explained(self._path):
            return self._connection.execute(sql, values).fetchall()


def glance(path: Path) -> Glance | None:
    """Look into the store at `path`; none if there is none yet, or if `open_store` must first bring it up to date.

    Raises `StoreNewer`, `StoreCorrupt` or another `StoreFailed`.
    """
    if not path.exists():
        return None
    with explained(path), ExitStack() as undo:
        connection = undo.enter_context(closing(connect(path, mode="ro")))
        if version_of(connection, path) != HEAD:
            return None
        undo.pop_all()
        return Glance(path, connection)
