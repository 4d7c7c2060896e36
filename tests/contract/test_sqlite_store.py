"""The SQLite store keeps the contract of stores, also when its handles are two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.store import JournalContract, LeasesContract, RenewAllContract, RevisionsContract
from contract.store_compaction import CompactionContract
from shipway.adapters.stores.sqlite import SqliteStore, open_store


class OverSqlite:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        with open_store(tmp_path / "home" / "shipway.db") as store:
            yield store

    @pytest.fixture
    def other(self, store: SqliteStore) -> Iterator[SqliteStore]:
        with open_store(store.path) as other:
            yield other


class TestJournal(OverSqlite, JournalContract):
    pass


class TestCompaction(OverSqlite, CompactionContract):
    pass


class TestLeases(OverSqlite, LeasesContract):
    pass


class TestRenewAll(OverSqlite, RenewAllContract):
    pass


class TestRevisions(OverSqlite, RevisionsContract):
    pass
