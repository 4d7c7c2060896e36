"""The store of a flag server: its schema, and what it refuses."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shipway.adapters.flag_store.opening import open_lanes
from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.tables import METADATA
from shipway.adapters.stores.failures import StoreCorrupt, StoreNewer
from shipway.adapters.stores.sqlite_lanes import engine


def test_migrations_make_the_tables_that_statements_expect(tmp_path: Path) -> None:
    path = tmp_path / "flags.db"
    open_lanes(path).close()
    made = engine(path, synchronous="FULL", busy_seconds=1.0)
    with made.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    made.dispose()


def test_opening_twice_is_opening_once(tmp_path: Path) -> None:
    with FlagStore(tmp_path / "flags.db"), FlagStore(tmp_path / "flags.db"):
        pass
    assert (tmp_path / "flags.db").stat().st_mode & 0o777 == 0o600


def test_a_newer_store_and_another_programs_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "flags.db"
    open_lanes(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreNewer):
        FlagStore(path)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    with pytest.raises(StoreCorrupt):
        FlagStore(other)
