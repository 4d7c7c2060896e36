"""The migrations make what the tables say, and the version that is compared without Alembic is theirs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from shipway.adapters.stores.migrate import configuration
from shipway.adapters.stores.schema import HEAD, VERSIONS
from shipway.adapters.stores.sqlite import open_store
from shipway.adapters.stores.sqlite_lanes import engine
from shipway.adapters.stores.tables import METADATA


def test_the_versions_are_alembics_own_chain() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert scripts.get_heads() == [HEAD]
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == VERSIONS


def test_migrating_from_nothing_makes_exactly_the_tables(tmp_path: Path) -> None:
    migrated, created = tmp_path / "migrated.db", tmp_path / "created.db"
    open_store(migrated).close()
    fresh = engine(created, synchronous="FULL", busy_seconds=1)
    METADATA.create_all(fresh)
    fresh.dispose()
    assert statements(migrated) == statements(created)


def test_alembic_finds_no_difference_between_the_tables_and_the_store(tmp_path: Path) -> None:
    open_store(tmp_path / "shipway.db").close()
    over = engine(tmp_path / "shipway.db", synchronous="FULL", busy_seconds=1)
    with over.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    over.dispose()


def statements(path: Path) -> set[str]:
    """All that was created, but for Alembic's own table."""
    with closing(sqlite3.connect(path)) as plain:
        found = plain.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {" ".join(sql.split()) for name, sql in found if name != "alembic_version"}
