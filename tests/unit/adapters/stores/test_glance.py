"""The quick look sees what the store holds."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from contract.store_values import COMMANDS, EVENTS, revision
from shipway.adapters.stores.failures import StoreUnwritable
from shipway.adapters.stores.glance import Glance, glance
from shipway.adapters.stores.sqlite import SqliteStore, open_store


async def fill(store: SqliteStore) -> None:
    await store.leases.acquire("checkout", "a", seconds=600)
    await store.leases.acquire("ended", "a", seconds=0)
    await store.journal.append("checkout", EVENTS, length=0, token=1)
    await store.journal.submit("search", COMMANDS[0], by="dev")
    await store.journal.keep("checkout", "sums", b"\x00")
    for version in ("1", "2"):
        await store.revisions.put(revision(version), b"{}")


async def assert_equal(looked: Glance, store: SqliteStore) -> None:
    assert looked.services() == await store.journal.services() == ("checkout", "search")
    for service in ("checkout", "search", "ended", "unknown"):
        for after in (0, 5, 10_000):
            assert looked.entries(service, after=after) == await store.journal.read(service, after=after)
        assert looked.revisions(service) == await store.revisions.all(service)
        assert looked.holder(service) == await store.leases.holder(service)
        assert looked.kept(service) == await store.journal.kept(service)
    assert looked.holder("checkout") and not looked.holder("ended")


def test_a_glance_equals_the_store_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "shipway.db"
    with open_store(path) as store:
        asyncio.run(fill(store))
        looked = glance(path)
        assert looked
        with looked:
            asyncio.run(assert_equal(looked, store))


def test_a_glance_at_a_store_that_nobody_has_open_equals_it_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shipway.db"
    with open_store(path) as store:
        asyncio.run(fill(store))
    before = path.read_bytes()
    looked = glance(path)
    assert looked
    with looked, open_store(path) as store:
        asyncio.run(assert_equal(looked, store))
    assert path.read_bytes() == before


def test_a_glance_sees_what_is_written_after_it_began(tmp_path: Path) -> None:
    path = tmp_path / "shipway.db"
    with open_store(path) as store:
        looked = glance(path)
        assert looked
        with looked:
            assert looked.entries("checkout") == ()
            asyncio.run(fill(store))
            assert len(looked.entries("checkout")) == len(EVENTS)


def test_there_is_nothing_to_glance_at_before_the_first_command(tmp_path: Path) -> None:
    assert glance(tmp_path / "home" / "shipway.db") is None
    assert list(tmp_path.iterdir()) == []


def test_a_glance_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "shipway.db"
    open_store(path).close()
    looked = glance(path)
    assert looked
    with looked, pytest.raises(StoreUnwritable) as caught:
        looked._all("DELETE FROM entries")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
