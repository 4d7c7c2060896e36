"""A store that fails says what, where, why and what to do, and has written nothing."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from contract.stored import in_loop
from shipway.adapters.stores import sqlite_lanes
from shipway.adapters.stores.failures import DiskFull, StoreCorrupt, StoreLocked, StoreSilent, StoreUnwritable
from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.errors import Exit
from shipway.model.event import DriftSeen, Event, Resized

LARGE = DriftSeen(what="x" * 50_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "shipway.db", busy_seconds=0.2) as store:
        yield store


def pages_max(store: SqliteStore, pages: int) -> None:
    """SQLite's own limit on the file's size: it answers as it does when the disk is full."""

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    asyncio.run(store.lanes.write(limit))


def test_a_full_disk_writes_nothing_of_the_append_and_the_store_goes_on_when_there_is_room(
    store: SqliteStore,
) -> None:
    pages_max(store, 40)
    with pytest.raises(DiskFull) as caught:
        asyncio.run(store.journal.append("checkout", [LARGE] * 10, length=0, token=0))
    assert len(str(caught.value).split("\n")) == 4
    assert (caught.value.code, caught.value.exit_code) == ("disk-full", Exit.UNREACHABLE)
    assert asyncio.run(store.journal.read("checkout")) == () == asyncio.run(store.journal.services())
    pages_max(store, 100_000)
    assert len(asyncio.run(store.journal.append("checkout", [LARGE] * 10, length=0, token=0))) == 10


def test_a_lock_that_another_process_holds_is_waited_for_and_then_reported(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as plain:
        plain.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked) as caught:
            asyncio.run(store.journal.append("checkout", [LARGE], length=0, token=0))
        assert asyncio.run(store.journal.read("checkout")) == (), "reading waits for no writer"
        plain.execute("ROLLBACK")
    assert len(str(caught.value).split("\n")) == 4 and caught.value.code == "store-locked"
    assert len(asyncio.run(store.journal.append("checkout", [LARGE], length=0, token=0))) == 1


def test_a_short_lock_is_only_waited_for(tmp_path: Path) -> None:
    with open_store(tmp_path / "shipway.db", busy_seconds=60) as store:
        asyncio.run(_append_while_locked(store))


async def _append_while_locked(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as plain:
        plain.execute("BEGIN IMMEDIATE")
        append = asyncio.create_task(store.journal.append("checkout", [LARGE], length=0, token=0))
        await asyncio.sleep(0.2)
        assert not append.done()
        plain.execute("ROLLBACK")
        assert len(await append) == 1


def test_a_disk_that_does_not_answer_does_not_stop_the_loop(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_lanes, "ANSWER_SECONDS", 0.05)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as plain:
        plain.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreSilent) as caught:
            asyncio.run(store.journal.append("checkout", [LARGE], length=0, token=0))
    assert len(str(caught.value).split("\n")) == 4 and caught.value.code == "store-silent"


@in_loop
async def test_an_entry_that_cannot_be_read_names_its_place(store: SqliteStore) -> None:
    await store.journal.append("checkout", [LARGE, LARGE], length=0, token=0)
    with closing(sqlite3.connect(store.path)) as plain:
        plain.execute("UPDATE entries SET event = ? WHERE position = 2", ['{"type": "FromTheFuture"}'])
        plain.commit()
    with pytest.raises(StoreCorrupt, match="FromTheFuture") as caught:
        await store.journal.read("checkout")
    assert caught.value.where == "entry 2 of checkout"


@in_loop
async def test_an_event_that_could_not_be_read_again_is_never_written(store: SqliteStore) -> None:
    broken: Event = Resized(replicas="many", by="dev")  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError):
        await store.journal.append("checkout", [LARGE, broken], length=0, token=0)
    assert await store.journal.read("checkout") == ()


@in_loop
async def test_our_own_mistakes_are_not_dressed_up_as_failures_of_the_disk(store: SqliteStore) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await store.lanes.read(lambda connection: connection.exec_driver_sql("SELECT * FROM groceries"))


@in_loop
async def test_reading_cannot_write_and_an_entry_needs_its_service(store: SqliteStore) -> None:
    stray = text("INSERT INTO entries VALUES ('nowhere', 1, 0, '{}')")
    with pytest.raises(StoreUnwritable, match="readonly"):
        await store.lanes.read(lambda connection: connection.execute(stray))
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await store.lanes.write(lambda connection: connection.execute(stray))


@in_loop
async def test_times_are_seconds_since_the_epoch(store: SqliteStore) -> None:
    (entry,) = await store.journal.append("checkout", [LARGE], length=0, token=0)
    assert abs(entry.at - time.time()) < 120
