"""The guide's two examples in one release, under load: `email` becomes `email_address`, and `user_id` a bigint.

The new version comes, goes back in the middle, comes again and stays. Later a release that does nothing else drops
the old shapes, after a freeze. No request is lost, and every row says what was written into it last.
"""

import asyncio
from pathlib import Path

from acceptance.stand import Stand, open_stand
from platforms.schema.test_in_a_release import (
    APP,
    CHANGE,
    DIFFERENT,
    LOST,
    SHORT,
    STEP,
    assert_nothing_lost,
    filled,
)
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.model.command import Promote, Rollback
from shipway.model.phase import Phase

FILE = f"""change: {CHANGE}
steps:
  - {STEP}
  - change_type: {{table: orders, column: user_id, to: bigint}}
hold: 0s
freeze: 2s
"""
ORDERS = 50_000
MISPLACED = (
    "SELECT count(*) FROM placed p LEFT JOIN orders o USING (id) WHERE o.user_id IS DISTINCT FROM p.user_id"
)
NARROW = "SELECT count(*) FROM orders WHERE user_id IS DISTINCT FROM user_id_shipway"
TYPES = """SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, -1)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.oid IN ('users'::regclass, 'orders'::regclass) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1"""
LEFT = """SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_shipway%')
    + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'shipway')
    + (SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_used')"""


def test_two_columns_change_in_one_release_and_a_later_one_ends_it(database: str, tmp_path: Path) -> None:  # noqa: F811
    asyncio.run(_told(database, tmp_path))


async def _told(uri: str, folder: Path) -> None:
    filled(uri)
    run(
        uri,
        "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES users (id))",
        "CREATE INDEX by_user ON orders (user_id)",
        "CREATE TABLE placed (id bigint PRIMARY KEY, user_id bigint NOT NULL)",
        f"INSERT INTO orders (user_id) SELECT 1 + n % 1000 FROM generate_series(1, {ORDERS}) n",
        "ANALYZE orders",
    )
    async with open_stand(folder, **SHORT) as stand:
        stand.control()
        code(stand, uri, "email")
        await stand.ship_first("1.8.2")
        users = stand.users(rate=40.0, connections=6)
        await the_new_version_comes_and_goes_back(stand, uri)
        await it_comes_again_and_stays(stand, uri)
        await a_release_that_does_nothing_else_ends_it(stand, uri)
        assert_nothing_lost(await users.stop())
    assert rows(uri, MISPLACED) == [(0,)]


def code(stand: Stand, uri: str, column: str, **schema: object) -> None:
    """The application of a version, and what it says of the schema."""
    stand.command(APP, COLUMN=column, DATABASE_URL=uri, ORDERS="yes")
    (stand.folder / "database").write_text(uri)
    (stand.folder / "0007.yaml").write_text(FILE)
    moves = {"database": "file:database", "changes": {CHANGE: {"file": "0007.yaml", **schema}}}
    stand.wish["schema"] = moves if schema else None


def assert_both_shapes(uri: str) -> None:
    """Whichever of them is read."""
    for query in (DIFFERENT, NARROW, MISPLACED, LOST.format(column="email")):
        assert rows(uri, query) == [(0,)], query


async def the_new_version_comes_and_goes_back(stand: Stand, uri: str) -> None:
    code(stand, uri, "email_address", needs="backfilled")
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(2)
    assert (await stand.state()).schema[CHANGE] == Phase.BACKFILLED
    assert_both_shapes(uri)
    await stand.ask(Rollback(reason="in the middle"))
    assert (await stand.ended()).outcome == "rolled-back"
    assert_both_shapes(uri)


async def it_comes_again_and_stays(stand: Stand, uri: str) -> None:
    past = await stand.deploy("1.9.0", strategy="canary")
    assert past.outcome == "finished"
    assert rows(uri, "SELECT phase FROM shipway.changes") == [(int(Phase.SWITCHED),)]
    assert_both_shapes(uri)


async def a_release_that_does_nothing_else_ends_it(stand: Stand, uri: str) -> None:
    before = await stand.pids("checkout")
    code(stand, uri, "email_address", needs="backfilled", contract="ask")
    await stand.submit("1.9.0", strategy="canary")
    await stand.until(lambda state: bool(state.run and state.run.hold), "it asks")
    state = await stand.state()
    assert state.run is not None and state.run.hold is not None and state.run.hold.rule == "contract-asks"
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    assert await stand.pids("checkout") == before, "no replica was started or stopped for it"
    assert rows(uri, "SELECT ended_at IS NOT NULL, broken FROM shipway.freezes") == [(True, "")]
    assert rows(uri, LOST.format(column="email_address")) == [(0,)]
    assert [str(name) for (name,) in rows(uri, TYPES)] == [
        "orders.id bigint",
        "orders.user_id bigint",
        "users.email_address text",
        "users.id bigint",
    ]
    assert rows(uri, LEFT) == [(0,)]
