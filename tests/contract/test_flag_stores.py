"""What a flag server's store promises, over a file and over a real PostgreSQL."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from shipway.adapters.flag_store.opening_postgres import SCHEMA
from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import (
    Author,
    Environment,
    Exposure,
    Loaded,
    Proposal,
    Retention,
    Superseded,
    Token,
    Told,
    Webhook,
)
from shipway.adapters.stores.failures import StoreFailed, StoreNewer
from shipway.flags.distinct import REGISTERS, add
from shipway.flags.state import Change
from tests.postgres import database, postgres_server, run

__all__ = ["database", "postgres_server"]
DAY = 86_400.0
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


def registers_of(users: Iterable[int]) -> bytes:
    made = bytearray(REGISTERS)
    for user in users:
        add(made, b"%d" % user)
    return bytes(made)


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

    asyncio.run(scene())


def test_answers_are_counted_by_the_hour_and_users_once_by_the_day(store: FlagStore) -> None:
    async def scene() -> None:
        counts = store.counts
        for at, users in ((7200.0, range(40)), (7300.0, range(20, 60)), (DAY + 1.0, range(50, 80))):
            told = Told(flag="a", variant="on", count=100, registers=registers_of(users))
            await counts.count("production", [told, Told(flag="a", variant="off", count=1)], at)
        found = {one.variant: one for one in await counts.exposures("production", since=0.0)}
        assert found["off"] == Exposure(flag="a", variant="off", count=3, users=None)
        assert found["on"].count == 300 and found["on"].users in range(77, 84)
        [later] = [one for one in await counts.exposures("production", since=DAY) if one.variant == "on"]
        assert later.count == 100 and later.users in range(29, 32)

    asyncio.run(scene())


def test_what_is_over_is_let_go_and_nothing_else(store: FlagStore) -> None:
    async def scene() -> None:
        for number in range(30):
            author = Author(by="ana", at=number * DAY)
            await store.entries.append(
                await loaded(store), [flag("a", {"value": number}), flag("b", None)], author
            )
            await store.counts.count("production", [Told(flag="a", variant="on", count=1)], number * DAY)
        keeps = Retention(changes_seconds=10 * DAY, exposures_seconds=5 * DAY)
        assert await store.room.make("production", keeps, 30 * DAY) == 2 * 20 + 25
        assert await store.room.make("production", keeps, 30 * DAY) == 0
        assert await store.room.make("elsewhere", keeps, 300 * DAY) == 0
        trail = await store.entries.trail("production", name="a", before=None, limit=100)
        assert [line.at for line in trail] == [number * DAY for number in range(29, 19, -1)]
        assert (await store.counts.exposures("production", since=0.0))[0].count == 5
        assert (await loaded(store)).state.document["features"] == {"a": {"value": 29}}
        few = Retention(changes_max=6)
        assert await store.room.make("production", few, 30 * DAY) == 14
        assert len(await store.entries.trail("production", name=None, before=None, limit=100)) == 6

    asyncio.run(scene())


def test_what_was_decided_and_revoked_is_let_go_and_what_waits_stays(store: FlagStore) -> None:
    async def scene() -> None:
        desk, fields = store.desk, {"environment": "production", "by": "ana", "at": 1.0}
        for id in ("open", "closed"):
            await desk.propose(Proposal(id=id, why="", changes=(), versions=(), **fields))
            await desk.add_token(Token(id=id, name=id, kind="client", **fields), id)
        [closed] = [one for one in await desk.proposals("production") if one.id == "closed"]
        assert await desk.decide(replace(closed, state="rejected", decided_at=DAY, decided_by="eve"))
        assert await desk.revoke("closed", DAY)
        keeps = Retention(changes_seconds=DAY)
        assert await store.room.closed(keeps, 1.5 * DAY) == 0
        assert await store.room.closed(keeps, 2.5 * DAY) == 2
        assert [one.id for one in await desk.proposals("production")] == ["open"]
        assert set(await desk.tokens()) == {"open"}

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
