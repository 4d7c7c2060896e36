"""A column is renamed while two versions of a service write it: real replicas, Envoy, PostgreSQL, users.

`email` becomes `email_address`. The new version comes, goes back in the middle, comes again, and at last the old
column goes. No request is lost, and every row says what was written into it last, in both shapes.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.stand import Stand, open_stand
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.demo.load import Counts
from shipway.engine.state import ServiceState
from shipway.errors import ShipwayError
from shipway.model.command import Promote, Rollback
from shipway.model.phase import Phase

APP = str(Path(__file__).parent / "schema_app.py")
CHANGE = "email_address"
STEP = "rename_column: {table: users, from: email, to: email_address}"
FILE = f"change: {CHANGE}\nsteps:\n  - {STEP}\nhold: 0s\nfreeze: 0s\n"
ROWS = 100_000
SHORT = {
    "canary": {"stages": ["20%", "100%"], "bake": "2s", "sticky": None},
    "guard": {"success_rate": None, "no_data": "go"},
    "rollback": {"window": "1s"},
    "drain": "2s",
}
DIFFERENT = "SELECT count(*) FROM users WHERE email IS DISTINCT FROM email_address"
LOST = "SELECT count(*) FROM written w LEFT JOIN users u USING (id) WHERE u.{column} IS DISTINCT FROM w.said"


def filled(uri: str) -> None:
    run(
        uri,
        "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL)",
        "CREATE TABLE written (id bigint PRIMARY KEY, said text NOT NULL)",
        f"INSERT INTO users (email) SELECT 'user' || n || '@before' FROM generate_series(1, {ROWS}) n",
        "ANALYZE users",
    )


def code(stand: Stand, uri: str, column: str, **schema: object) -> None:
    """The application of a version, and what it says of the schema."""
    stand.command(APP, COLUMN=column, DATABASE_URL=uri)
    (stand.folder / "database").write_text(uri)
    (stand.folder / "0007.yaml").write_text(FILE)
    moves = {"database": "file:database", "changes": {CHANGE: {"file": "0007.yaml", **schema}}}
    stand.wish["schema"] = moves if schema else None


async def phase_is(stand: Stand, uri: str, phase: Phase) -> None:
    async def is_there() -> bool:
        made = rows(uri, "SELECT to_regclass('shipway.changes') IS NOT NULL")[0][0]
        return bool(made) and rows(uri, "SELECT phase FROM shipway.changes") == [(int(phase),)]

    await stand.eventually(is_there, f"the schema is {phase.label}")


def test_a_column_gets_another_name_between_two_versions(database: str, tmp_path: Path) -> None:  # noqa: F811
    asyncio.run(_told(database, tmp_path))


async def _told(uri: str, folder: Path) -> None:
    filled(uri)
    async with open_stand(folder, **SHORT) as stand:
        stand.control()
        code(stand, uri, "email")
        await stand.ship_first("1.8.2")
        users = stand.users(rate=60.0, connections=6)
        await the_new_version_starts_on_a_filled_schema(stand, uri)
        await it_goes_back_without_the_database(stand, uri)
        await it_comes_again_and_the_old_column_waits(stand, uri)
        await the_old_column_goes_when_somebody_says_so(stand, uri)
        assert_nothing_lost(await users.stop())


async def the_new_version_starts_on_a_filled_schema(stand: Stand, uri: str) -> None:
    code(stand, uri, "email_address", needs="backfilled", contract="ask")
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(2)
    state = await stand.state()
    assert state.schema[CHANGE] == Phase.BACKFILLED
    assert [rows(uri, DIFFERENT), rows(uri, LOST.format(column="email"))] == [[(0,)], [(0,)]]


async def it_goes_back_without_the_database(stand: Stand, uri: str) -> None:
    """No controller reaches it any more; the former version has all users again, and what the new one wrote."""
    (stand.folder / "database").write_text("postgresql://127.0.0.1:1/gone")
    rows(uri, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'shipway%'")
    await stand.until(lambda _: "database" in unreachable(stand), "the database is out of reach")
    await stand.ask(Rollback(reason="trying it"))
    past = await stand.ended()
    assert past.outcome == "rolled-back"
    assert [rows(uri, DIFFERENT), rows(uri, LOST.format(column="email"))] == [[(0,)], [(0,)]]
    (stand.folder / "database").write_text(uri)


def unreachable(stand: Stand) -> Mapping[str, str]:
    """What the controller's last look did not get an answer from."""
    return stand.seen.observed.unreachable if stand.seen and stand.seen.observed else {}


async def it_comes_again_and_the_old_column_waits(stand: Stand, uri: str) -> None:
    await stand.submit("1.9.0", strategy="canary")
    run(uri, "CREATE VIEW letters AS SELECT email FROM users")
    await phase_is(stand, uri, Phase.SWITCHED)

    def waits(state: ServiceState) -> bool:
        return stand.seen is not None and any(
            "letters" in why
            for why in (stand.seen.observed.needed_by if stand.seen.observed else {}).get(CHANGE, ())
        )

    await stand.until(waits, "the view is found")
    state = await stand.state()
    assert state.run is not None and state.run.hold is None
    status = json.loads((stand.home.status(stand.service)).read_bytes())
    assert status["run"]["rule"] == "contract-waits" and "letters" in status["run"]["reason"]


async def the_old_column_goes_when_somebody_says_so(stand: Stand, uri: str) -> None:
    run(uri, "DROP VIEW letters")
    assert [rows(uri, DIFFERENT), rows(uri, LOST.format(column="email"))] == [[(0,)], [(0,)]]
    await stand.until(lambda state: bool(state.run and state.run.hold), "it asks")
    state = await stand.state()
    assert state.run is not None and state.run.hold is not None and state.run.hold.rule == "contract-asks"
    await stand.ask(Promote())
    past = await stand.ended()
    assert past.outcome == "finished"
    assert rows(uri, LOST.format(column="email_address")) == [(0,)]
    columns = rows(uri, "SELECT column_name FROM information_schema.columns WHERE table_name = 'users'")
    assert sorted(str(name) for (name,) in columns) == ["email_address", "id"]
    with pytest.raises(ShipwayError, match="old shape"):
        code(stand, uri, "email")
        await stand.submit("1.8.2")


def assert_nothing_lost(counts: Counts) -> None:
    assert (counts.lost, counts.failed) == ({}, {}), counts
    assert set(counts.answered) == {"1.8.2", "1.9.0"}
