"""Opening a store: made where there is none, quick where it is current, refused where it is not ours."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from shipway.adapters.stores.failures import StoreCorrupt, StoreFailed, StoreLocked, StoreNewer, StoreUnwritable
from shipway.adapters.stores.glance import glance
from shipway.adapters.stores.schema import HEAD
from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.model.event import Settled

OPEN_AND_LIST_MODULES = """
import sys
from pathlib import Path
from shipway.adapters.stores.{module} import {name}
{name}(Path(sys.argv[1])).close()
print(*sys.modules)
"""


def modules_after(module: str, name: str, path: Path) -> set[str]:
    """What is loaded once a fresh interpreter has opened the store."""
    code = OPEN_AND_LIST_MODULES.format(module=module, name=name)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def write_one(store: SqliteStore) -> None:
    asyncio.run(store.journal.append("checkout", [Settled(key="route", generation=1)], length=0, token=0))


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as plain:
        return list(plain.iterdump())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a home % with spaces?" / "shipway.db"


def test_a_new_store_is_made_in_a_directory_that_only_its_owner_may_enter(path: Path) -> None:
    open_store(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_stored_is_there_when_it_is_opened_again(path: Path) -> None:
    with open_store(path) as store:
        write_one(store)
    with open_store(path) as store:
        assert len(asyncio.run(store.journal.read("checkout"))) == 1


def test_the_log_is_written_ahead_and_an_append_is_synced_before_it_returns(path: Path) -> None:
    with open_store(path) as store:
        asked = (store.lanes.write, store.lanes.write_lightly, store.lanes.read)
        levels = [asyncio.run(lane(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar())) for lane in asked]
        mode = asyncio.run(store.lanes.read(lambda c: c.exec_driver_sql("PRAGMA journal_mode").scalar()))
    full, normal = 2, 1
    assert (mode, levels) == ("wal", [full, normal, full])


def test_a_current_store_opens_without_loading_alembic(path: Path) -> None:
    open_store(path).close()
    loaded = modules_after("sqlite", "open_store", path)
    assert "sqlalchemy" in loaded and "alembic" not in loaded


def test_a_glance_loads_neither_sqlalchemy_nor_alembic(path: Path) -> None:
    open_store(path).close()
    loaded = modules_after("glance", "glance", path)
    assert "sqlite3" in loaded and not {"sqlalchemy", "alembic", "asyncio"} & loaded


def test_threads_that_make_the_store_at_once_all_get_it(tmp_path: Path) -> None:
    for number in range(5):
        barrier, path = threading.Barrier(6), tmp_path / f"home-{number}" / "shipway.db"

        def make(_: int, barrier: threading.Barrier = barrier, path: Path = path) -> None:
            barrier.wait(timeout=60)
            open_store(path, busy_seconds=60).close()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(make, range(6)))
        assert glance(path) is not None


def test_a_file_left_empty_by_a_death_during_creation_becomes_a_store(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert glance(path) is None
    with open_store(path) as store:
        write_one(store)


def test_a_store_restored_from_a_backup_writes_its_log_ahead_again(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    open_store(path).close()
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_store_from_a_newer_shipway_is_refused_and_not_changed(path: Path) -> None:
    with open_store(path) as store:
        write_one(store)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    before, bytes_before = dump(path), path.read_bytes()
    for look in (open_store, glance):
        with pytest.raises(StoreNewer) as caught:
            look(path)
        assert_four_lines(caught.value, code="store-newer", where=path)
        assert "9999" in caught.value.why and HEAD in caught.value.why
    assert (dump(path), path.read_bytes()) == (before, bytes_before)


def test_a_file_that_is_no_database_is_refused_and_not_changed(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is a shopping list\n" * 200)
    for look in (open_store, glance):
        with pytest.raises(StoreCorrupt) as caught:
            look(path)
        assert_four_lines(caught.value, code="store-corrupt", where=path)
    assert path.read_text() == "this is a shopping list\n" * 200


def test_the_database_of_another_program_is_refused_and_not_changed(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE groceries (name)")
    before = path.read_bytes()
    for look in (open_store, glance):
        with pytest.raises(StoreCorrupt) as caught:
            look(path)
        assert_four_lines(caught.value, code="store-corrupt", where=path)
    assert path.read_bytes() == before


def test_damaged_pages_are_reported_when_they_are_read(path: Path) -> None:
    with open_store(path) as store:
        write_one(store)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    with pytest.raises(StoreCorrupt) as caught, open_store(path) as store:
        asyncio.run(store.journal.read("checkout"))
    assert_four_lines(caught.value, code="store-corrupt", where=path)


def test_a_home_below_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "home" / "shipway.db"
    with pytest.raises(StoreUnwritable) as caught:
        open_store(path)
    assert_four_lines(caught.value, code="store-unwritable", where=path)
    assert glance(path) is None


def test_a_directory_in_the_place_of_the_file_is_a_clear_error(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreUnwritable) as caught:
        open_store(path)
    assert_four_lines(caught.value, code="store-unwritable", where=path)


def test_a_store_that_cannot_be_made_because_another_holds_it_says_so(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked) as caught:
            open_store(path, busy_seconds=0.1)
    assert_four_lines(caught.value, code="store-locked", where=path)


def test_a_store_that_another_holds_for_a_moment_is_waited_for(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
        plain.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, plain.execute, ["ROLLBACK"])
        timer.start()
        open_store(path, busy_seconds=60).close()
        timer.join()


def assert_four_lines(error: StoreFailed, *, code: str, where: Path) -> None:
    lines = str(error).split("\n")
    assert len(lines) == 4 and all(lines), lines
    assert error.code == code and str(where) in lines[1]
