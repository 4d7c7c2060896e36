"""A real PostgreSQL, through the contract of every database; also when it hangs, or a controller dies."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest import MonkeyPatch

from contract.database import CHANGE, DatabaseContract, advance, phase
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.databases import adapter, build, wishes
from shipway.adapters.databases.adapter import SqlDatabase
from shipway.adapters.databases.backfill import Filling
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.errors import PortError
from shipway.model.phase import Phase

STEP = "rename_column: {table: users, from: email, to: email_address}"
DEADLINE_SECONDS = 60.0
ROWS = 8_000
WRONG = "SELECT count(*) FROM users WHERE email IS DISTINCT FROM email_address"


@pytest.fixture(autouse=True)
def patient(monkeypatch: MonkeyPatch) -> None:
    """A machine that is busy is not a database that hangs."""
    monkeypatch.setattr(adapter, "ANSWER_SECONDS", DEADLINE_SECONDS)
    monkeypatch.setattr(adapter, "ACCEPT_SECONDS", DEADLINE_SECONDS)


class PostgresPlace:
    def __init__(self, uri: str, folder: Path, *, hold: str = "0s") -> None:
        self.uri, self.folder, self.hold = uri, folder, hold
        self.made: list[SqlDatabase] = []
        (folder / "url").write_text(uri)
        run(uri, "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL)")
        run(uri, f"INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, {ROWS}) n", "ANALYZE users")
        self.database = self.again()

    def again(self) -> SqlDatabase:
        self.made.append(made(self.folder, hold=self.hold))
        return self.made[-1]

    def until(self, claim: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not claim():
            assert time.monotonic() < deadline, [asyncio.run(one.observe()) for one in self.made]
            time.sleep(0.02)


def made(folder: Path, *, hold: str = "0s", reference: str = "file:url") -> SqlDatabase:
    text = f"change: {CHANGE}\nsteps:\n  - {STEP}\nhold: {hold}\nfreeze: 0s\n"
    options = {
        "database": reference,
        "directory": str(folder),
        "changes": {CHANGE: {"file": "0007.yaml", "text": text}},
    }
    return build(options, Context(service="checkout", home=folder, clock=WallClock(), health={}))


@pytest.fixture
def place(database: str, tmp_path: Path) -> Iterator[PostgresPlace]:  # noqa: F811
    found = PostgresPlace(database, tmp_path)
    yield found
    for one in found.made:
        asyncio.run(one.close())


class TestPostgres(DatabaseContract):
    @pytest.fixture
    def place(self, database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PostgresPlace]:  # noqa: F811
        hold = "1h" if "held" in request.node.name else "0s"
        found = PostgresPlace(database, tmp_path, hold=hold)
        yield found
        for one in found.made:
            asyncio.run(one.close())


@pytest.fixture
def slow(monkeypatch: MonkeyPatch) -> None:
    """A backfill of many short batches."""

    def resize(filling: Filling, seconds: float) -> None:
        filling.batch_rows = 100
        time.sleep(0.02)

    monkeypatch.setattr(Filling, "_resize", resize)


def walked(place: PostgresPlace) -> int:
    filling = asyncio.run(place.database.observe()).filling.get(CHANGE)
    return filling.walked if filling else 0


def test_a_job_that_is_told_to_rest_stops_and_goes_on_from_there(place: PostgresPlace, slow: None) -> None:
    advance(place.database, Phase.BACKFILLED, 1)
    place.until(lambda: walked(place) > 0)
    place.database.rest()
    asyncio.run(place.database.close())
    here = walked(place)
    assert 0 < here < ROWS and phase(place.database) == Phase.DUAL_WRITING
    advance(place.again(), Phase.BACKFILLED, 2)
    place.until(lambda: phase(place.database) == Phase.BACKFILLED)
    assert rows(place.uri, WRONG) == [(0,)]
    assert rows(place.uri, "SELECT rows_written FROM shipway.backfills") == [(ROWS,)], "no row was written twice"


def test_a_controller_whose_connection_is_cut_says_so_and_the_next_one_resumes(
    place: PostgresPlace, slow: None
) -> None:
    advance(place.database, Phase.BACKFILLED, 1)
    place.until(lambda: walked(place) > 0)
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%{CHANGE}'"
    rows(place.uri, kill)
    place.until(lambda: CHANGE in asyncio.run(place.database.observe()).said)
    advance(place.again(), Phase.BACKFILLED, 2)
    place.until(lambda: phase(place.database) == Phase.BACKFILLED)
    assert rows(place.uri, WRONG) == [(0,)]


def test_a_controller_that_slept_ends_its_job_when_another_one_has_taken_over(
    place: PostgresPlace, slow: None, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr("shipway.adapters.databases.work.FENCE_SECONDS", 0.0)
    advance(place.database, Phase.BACKFILLED, 1)
    place.until(lambda: walked(place) > 0)
    work = place.database._works[CHANGE]
    with connected(place.uri, purpose="another controller") as connection:
        wishes.accept(Session(connection), CHANGE, work._store, Phase.BACKFILLED, 2)
    place.until(lambda: work._thread is None)
    assert phase(place.database) == Phase.DUAL_WRITING, "it went on under a newer wish"
    advance(place.again(), Phase.BACKFILLED, 3)
    place.until(lambda: phase(place.database) == Phase.BACKFILLED)


def test_the_old_shape_is_not_dropped_while_something_uses_it(place: PostgresPlace) -> None:
    run(place.uri, "CREATE VIEW letters AS SELECT email FROM users")
    advance(place.database, Phase.SWITCHED, 1)
    place.until(lambda: phase(place.database) == Phase.SWITCHED)
    place.until(lambda: "letters" in " ".join(asyncio.run(place.database.usage(CHANGE))))
    advance(place.database, Phase.CONTRACTED, 2)
    place.until(lambda: "The old shape stays" in asyncio.run(place.database.observe()).said.get(CHANGE, ""))
    assert phase(place.database) == Phase.SWITCHED


def test_a_database_that_hangs_delays_one_look_and_no_rest(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        (tmp_path / "url").write_text(f"postgresql://ana:secret@127.0.0.1:{deaf.getsockname()[1]}/shop")
        hanging = made(tmp_path)

        async def looks() -> None:
            for _ in range(3):
                with pytest.raises(PortError, match="has not answered"):
                    await hanging.observe()
            hanging.rest()
            assert await hanging.usage(CHANGE) == (f"who needs the old shape of {CHANGE} is being looked at",)

        asyncio.run(looks())


def test_a_database_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (tmp_path / "url").write_text(f"postgresql://ana:secret@127.0.0.1:{port}/shop")
    with pytest.raises(PortError) as found:
        asyncio.run(made(tmp_path).observe())
    assert "secret" not in str(found.value)


def test_a_reference_to_nothing_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="database"):
        asyncio.run(made(tmp_path, reference="env:SHIPWAY_NO_SUCH_VARIABLE").observe())
