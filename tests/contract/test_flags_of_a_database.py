"""A program that reads a flag server's store by itself: a file, and a real PostgreSQL."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.test_flag_stores import as_url, flag, loaded
from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Author, Environment
from shipway.errors import ShipwayError
from shipway.flags import FeatureFlags
from tests.postgres import database, postgres_server, run

__all__ = ["database", "postgres_server"]
ANA = Author(by="ana", at=1000.0)
PLENTY_SECONDS = 60.0


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    return (
        tmp_path / "a home" / "flags.db"
        if request.param == "file"
        else as_url(request.getfixturevalue("database"))
    )


@pytest.fixture
def store(place: Path | str) -> Iterator[FlagStore]:
    if isinstance(place, Path):
        place.parent.mkdir()
    with FlagStore(place) as made:
        yield made


def url_of(place: Path | str) -> str:
    return f"sqlite:///{str(place).replace(' ', '%20')}" if isinstance(place, Path) else place


def write(store: FlagStore, body: object, name: str = "a") -> None:
    async def scene() -> None:
        await store.entries.append(await loaded(store), [flag(name, body)], ANA)

    asyncio.run(scene())


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PLENTY_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_flags_are_there_at_once_and_changes_are_followed(place: Path | str, store: FlagStore) -> None:
    write(store, {"value": 1})
    flags = FeatureFlags(url_of(place), look_seconds=0.01)
    assert flags.value("a", 0) == 1 and not flags.is_stale
    write(store, {"value": 2})
    eventually(lambda: flags.value("a", 0) == 2)
    write(store, None)
    eventually(lambda: flags.value("a", 0) == 0)
    flags.close()


def test_a_forked_child_asks_for_itself(place: Path | str, store: FlagStore) -> None:
    write(store, {"value": 1})
    flags = FeatureFlags(url_of(place), look_seconds=0.01)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        deadline = time.monotonic() + PLENTY_SECONDS
        while flags.value("a", 0) != 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.write(writing, str(flags.value("a", 0)).encode())
        os._exit(0)
    os.close(writing)
    write(store, {"value": 2})
    assert os.read(reading, 10) == b"2"
    os.waitpid(child, 0)
    os.close(reading)
    write(store, {"value": 3})
    eventually(lambda: flags.value("a", 0) == 3)
    assert not flags.is_stale
    flags.close()


def test_nothing_is_written_past_the_server(place: Path | str, store: FlagStore) -> None:
    write(store, {"value": 1})
    flags = FeatureFlags(url_of(place))
    with pytest.raises(ShipwayError, match="through a flag server") as caught:
        flags.kill("a")
    assert caught.value.code == "flags-not-written" and flags.is_enabled("a")
    flags.close()


def test_which_environment_is_meant_is_said_where_there_are_several(place: Path | str, store: FlagStore) -> None:
    write(store, {"value": 1})
    asyncio.run(store.entries.add(Environment(name="staging", revision=0, needs_approval=False)))
    with pytest.raises(ShipwayError, match="which environment"):
        FeatureFlags(url_of(place))
    with pytest.raises(ShipwayError, match="no environment `prod`"):
        FeatureFlags(url_of(place), environment="prod")
    flags = FeatureFlags(url_of(place), environment="production")
    assert flags.value("a", 0) == 1
    flags.close()


def test_a_database_that_goes_away_changes_no_answer(database: str, caplog: pytest.LogCaptureFixture) -> None:
    with FlagStore(as_url(database)) as store:
        write(store, {"value": 1})
    flags = FeatureFlags(as_url(database), look_seconds=0.01)
    run(database, "ALTER SCHEMA shipway_flags RENAME TO gone")
    eventually(lambda: flags.is_stale)
    assert flags.value("a", 0) == 1
    run(database, "ALTER SCHEMA gone RENAME TO shipway_flags")
    eventually(lambda: not flags.is_stale)
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "the database of the flags does not answer",
        "the database of the flags is back",
    ]
    flags.close()


def test_a_start_without_its_database_says_so_without_a_password(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/nothing.db", "postgresql://ana:sesame@127.0.0.1:9/flags"):
        with pytest.raises(ShipwayError, match="does not answer") as caught:
            FeatureFlags(url)
        assert caught.value.code == "flag-database" and "sesame" not in f"{caught.value.where}{caught.value.why}"


def test_what_could_not_be_read_is_read_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FlagStore(tmp_path / "flags.db") as store:
        write(store, {"value": 1})
        flags = FeatureFlags(f"sqlite:///{tmp_path}/flags.db", look_seconds=0.01)
        monkeypatch.setattr("shipway.flags.database.ENTRIES", "SELECT nonsense FROM {0}entries")
        write(store, {"value": 2})
        stamp = flags._stamp
        eventually(lambda: flags._stamp not in (stamp, None))
        assert flags.value("a", 0) == 1
        monkeypatch.undo()
        eventually(lambda: flags.value("a", 0) == 2)
        flags.close()


def test_the_commands_look_at_a_database_and_change_nothing(
    place: Path | str,
    store: FlagStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    from shipway.cli.shell.root import run as command

    write(store, {"rollout": {"percentage": 25}})
    monkeypatch.setenv("SHIPWAY_FLAGS", url_of(place))
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "none"))
    assert command(["flags", "explain", "a", "user_id=1"]) == 0
    assert command(["flags", "show", "a", "--json"]) == 0
    assert '"percentage": 25' in capsys.readouterr().out
    with pytest.raises(ShipwayError, match="through a flag server"):
        command(["flags", "kill", "a"])
