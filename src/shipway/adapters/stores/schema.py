"""Which schema a store file has, read without SQLAlchemy and without Alembic: both are slow to load."""

import sqlite3
from contextlib import closing
from pathlib import Path

from shipway.adapters.stores.failures import StoreCorrupt, StoreNewer

VERSIONS = ("0001",)
"""Every migration, oldest first; a test holds it equal to Alembic's own chain."""
HEAD = VERSIONS[-1]
BUSY_SECONDS = 5.0
"""How long a call waits for another process's lock."""

TABLES_SQL = "SELECT name FROM sqlite_master WHERE type = 'table'"
VERSION_SQL = "SELECT version_num FROM alembic_version"


def connect(path: Path, *, mode: str, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A plain connection; `mode` is SQLite's `ro`, `rw` or `rwc`."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None)


def version_at(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> str | None:
    """The version of the store at `path`; none if nothing was stored yet.

    Raises `StoreNewer` or `StoreCorrupt`, and `sqlite3.Error` when the file cannot be read.
    """
    if not path.exists():
        return None
    with closing(connect(path, mode="rw", busy_seconds=busy_seconds)) as connection:
        return version_of(connection, path)


def version_of(connection: sqlite3.Connection, path: Path) -> str | None:
    """As `version_at`, over a connection that is open."""
    tables = {name for (name,) in connection.execute(TABLES_SQL)}
    if not tables:
        return None
    if "alembic_version" not in tables or "entries" not in tables:
        raise StoreCorrupt.foreign(path)
    (version,) = connection.execute(VERSION_SQL).fetchone() or ("none",)
    if version not in VERSIONS:
        raise StoreNewer.at(path, version=version, known=HEAD)
    return str(version)
