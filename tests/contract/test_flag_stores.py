"""What a flag server's store promises, over a file and over a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipway.adapters.flag_store.opening_postgres import SCHEMA
from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import (
    Author,
    Environment,
    Exposure,
    Loaded,
    Proposal,
    Superseded,
    Token,
    Webhook,
)
from shipway.adapters.stores.failures import StoreFailed, StoreNewer
from shipway.flags.state import Change
from tests.postgres import database, postgres_server, run

__all__ = ["database", "postgres_server"]
ANA = Author(by="ana", at=1000.0, why="more users")


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "file":
        return tmp_path / "flags.db"
    return as_url(request.getfixturevalue("database"))


def as_url(conninfo: str) -> str:
    """An address as users write it."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(conninfo)
    extra = f"?host={parts['host']}" if str(parts.get("host", "")).startswith("/") else ""
    host = "" if extra else f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
    port = f"&port={parts['port']}" if extra and "port" in parts else ""
    password = f":{parts['password']}" if parts.get("password") else ""
    return f"postgresql://{parts['user']}{password}@{host}/{parts['dbname']}{extra}{port}"


@pytest.fixture
def store(place: Path | str) -> Iterator[FlagStore]:
    with FlagStore(place) as made:
        yield made


def flag(name: str, body: object) -> Change:
    return Change(kind="features", name=name, body=body)


async def loaded(store: FlagStore) -> Loaded:
    found = await store.entries.load("production")
    assert found is not None
    return found


def test_a_new_store_has_an_environment_a_name_and_a_key(store: FlagStore) -> None:
    async def scene() -> None:
        [environment] = await store.entries.environments()
        assert environment == Environment(name="production", revision=0, needs_approval=False)
        secrets = await store.desk.secrets()
        assert set(secrets) == {"id", "key"} and len(secrets["key"]) == 64

    asyncio.run(scene())


def test_changes_are_there_with_their_trail_and_survive(place: Path | str) -> None:
    async def scene() -> None:
        with FlagStore(place) as store:
            secrets = await store.desk.secrets()
            assert await store.entries.append(await loaded(store), [flag("a", {"enabled": True})], ANA) == 1
            assert await store.entries.append(await loaded(store), [flag("a", None), flag("b", {})], ANA) == 2
        with FlagStore(place) as store:
            assert await store.desk.secrets() == secrets
            found = await loaded(store)
            assert list(found.state.document["features"]) == ["b"] and found.versions["features", "b"] == 2
            trail = await store.entries.trail("production", name="a", before=None, limit=10)
            assert [(line.revision, line.before, line.after) for line in trail] == [
                (2, {"enabled": True}, None),
                (1, None, {"enabled": True}),
            ]
            assert {line.by for line in trail} == {"ana"} and trail[0].why == "more users"

    asyncio.run(scene())


def test_of_two_who_change_at_once_one_is_told_and_nothing_of_it_is_written(place: Path | str) -> None:
    async def scene() -> None:
        with FlagStore(place) as one, FlagStore(place) as other:
            first, second = await loaded(one), await loaded(other)
            results = await asyncio.gather(
                one.entries.append(first, [flag("a", {"value": 1})], ANA),
                other.entries.append(second, [flag("a", {"value": 2})], ANA),
                return_exceptions=True,
            )
            assert sorted(map(type, results), key=str) == sorted([int, Superseded], key=str)
            assert (await loaded(one)).environment.revision == 1
            assert len(await one.entries.trail("production", name=None, before=None, limit=10)) == 1
            assert await loaded(one) == await loaded(other)

    asyncio.run(scene())


def test_what_stands_beside_the_flags(store: FlagStore) -> None:
    async def scene() -> None:
        desk = store.desk
        token = Token(id="t", name="web", kind="client", environment="production", at=1.0, by="ana")
        await desk.add_token(token, "digest")
        assert await desk.tokens() == {"digest": token}
        assert await desk.revoke("t", 2.0) and not await desk.revoke("u", 2.0)
        assert (await desk.tokens())["digest"].revoked_at == 2.0
        proposal = Proposal(
            id="p",
            environment="production",
            at=1.0,
            by="ana",
            why="",
            changes=(flag("a", {"value": 1.5}),),
            versions=(0,),
        )
        await desk.propose(proposal)
        assert await desk.proposals("production") == [proposal]
        hook = Webhook(id="w", environment="production", url="https://x", secret="s", at=1.0, by="ana")
        await desk.add_webhook(hook)
        assert await desk.webhooks() == [hook] and await desk.remove_webhook("production", "w")
        counts = [Exposure(flag="a", variant="on", count=3)]
        for _ in range(2):
            await desk.count("production", counts, at=7200.0)
        assert await desk.exposures("production", since=0.0) == [Exposure(flag="a", variant="on", count=6)]
        assert await desk.exposures("production", since=10_800.0) == []

    asyncio.run(scene())


def test_another_environment_has_its_own_rule(store: FlagStore) -> None:
    async def scene() -> None:
        await store.entries.add(Environment(name="staging", revision=0, needs_approval=False))
        await store.entries.add(Environment(name="staging", revision=0, needs_approval=True))
        names = {one.name: one.needs_approval for one in await store.entries.environments()}
        assert names == {"production": False, "staging": True}

    asyncio.run(scene())


def test_a_database_of_a_newer_shipway_is_left_alone(database: str) -> None:
    FlagStore(as_url(database)).close()
    run(database, f"UPDATE {SCHEMA}.alembic_version SET version_num = '9999'")
    with pytest.raises(StoreNewer, match="newer"):
        FlagStore(as_url(database))


def test_an_application_s_tables_in_the_same_database_are_left_alone(database: str) -> None:
    run(database, "CREATE TABLE changes (id int)", "INSERT INTO changes VALUES (7)")
    FlagStore(as_url(database)).close()
    run(database, "DO $$ BEGIN ASSERT (SELECT id FROM changes) = 7; END $$")


def test_a_database_that_is_away_is_said_without_its_password() -> None:
    with pytest.raises(StoreFailed) as raised:
        FlagStore("postgresql://ana:sesame@127.0.0.1:1/flags")
    assert "sesame" not in str(raised.value)


def test_connections_that_were_cut_are_made_again(database: str) -> None:
    async def scene() -> None:
        with FlagStore(as_url(database)) as store:
            await loaded(store)
            run(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'shipway%' AND pid <> pg_backend_pid()",
            )
            assert (await loaded(store)).environment.revision == 0

    asyncio.run(scene())
