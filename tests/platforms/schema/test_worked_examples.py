"""The guide's two examples in one release, under load: `email` becomes `email_address`, and `user_id` a bigint.

`examples/checkout` is what runs: versions 1 and 2 by their own release files. The new version comes, goes back in
the middle, comes again and stays. Later a release that does nothing else drops the old shapes, after a freeze. No
request is lost, and what a customer's last receipt says is what is read, in both shapes.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import yaml

from acceptance.stand import Stand, open_stand
from platforms.schema.test_in_a_release import SHORT, assert_nothing_lost
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.model.command import Promote, Rollback
from shipway.model.phase import Phase

SHOP = Path(__file__).parents[3] / "examples" / "checkout"
CHANGE = "email_address"
BEFORE, ORDERS = 100_000, 50_000
SAID = """SELECT count(*) FROM (
        SELECT DISTINCT ON (user_id) user_id, email FROM receipts ORDER BY user_id, order_id DESC) r
    LEFT JOIN users u ON u.id = r.user_id WHERE u.{} IS DISTINCT FROM r.email"""
PLACED = (
    "SELECT count(*) FROM receipts r LEFT JOIN orders o ON o.id = r.order_id WHERE o.{} IS DISTINCT FROM r.user_id"
)
DIFFERENT = "SELECT count(*) FROM users WHERE email IS DISTINCT FROM email_address"
NARROW = "SELECT count(*) FROM orders WHERE user_id IS DISTINCT FROM user_id_shipway"
TYPES = """SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, -1)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.oid IN ('users'::regclass, 'orders'::regclass) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1"""
LEFT = """SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_shipway%')
    + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'shipway')
    + (SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_used')"""


def test_two_versions_of_the_shop_change_its_database_in_one_release(
    database: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    asyncio.run(_told(database, tmp_path))


async def _told(uri: str, folder: Path) -> None:
    tables = [text for text in (SHOP / "accounts.sql").read_text().split(";") if text.strip()]
    run(
        uri,
        *tables,
        f"INSERT INTO users (email) SELECT 'user' || n || '@before' FROM generate_series(1, {BEFORE}) n",
        f"INSERT INTO orders (user_id) SELECT 1 + n % 1000 FROM generate_series(1, {ORDERS}) n",
        "ANALYZE",
    )
    async with open_stand(folder, **SHORT) as stand:
        stand.control()
        code(stand, uri, "v1")
        await stand.ship_first("1.8.2")
        users = stand.users(rate=60.0, connections=6)
        await the_new_version_comes_and_goes_back(stand, uri)
        await it_comes_again_and_stays(stand, uri)
        await a_release_that_does_nothing_else_ends_it(stand, uri)
        assert_nothing_lost(await users.stop())
    assert rows(uri, PLACED.format("user_id")) == [(0,)]


def code(stand: Stand, uri: str, version: str, **more: object) -> None:
    """A version's own release file, with the places and the patience of the stand."""
    written = yaml.safe_load((SHOP / version / "shipway.yaml").read_text())
    script, here = SHOP / "with_accounts.py", SHOP / version
    command = written["platform"]["process"]["command"].replace(
        "python ../with_accounts.py", f"{sys.executable} {script}"
    )
    stand.change(platform={"process": {"command": command.replace("--code .", f"--code {here}")}})
    stand.environment(DATABASE_URL=uri)
    schema: dict[str, Any] = written.get("schema", {})
    for name, change in schema.get("changes", {}).items():
        file = stand.folder / f"{name}.yaml"
        text = (here / change["file"]).read_text()
        assert "hold: 14d" in text
        file.write_text(text.replace("hold: 14d", "hold: 0s\nfreeze: 2s"))
        change.update(more, file=file.name)
    (stand.folder / "database").write_text(uri)
    stand.wish["schema"] = {**schema, "database": "file:database"} if schema else None


def assert_both_shapes(uri: str) -> None:
    """Whichever of them is read."""
    told = [SAID.format("email"), SAID.format("email_address"), PLACED.format("user_id")]
    for query in (DIFFERENT, NARROW, *told, PLACED.format("user_id_shipway")):
        assert rows(uri, query) == [(0,)], query


async def the_new_version_comes_and_goes_back(stand: Stand, uri: str) -> None:
    code(stand, uri, "v2")
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
    code(stand, uri, "v2", contract="ask")
    await stand.submit("1.9.0", strategy="canary")
    await stand.until(lambda state: bool(state.run and state.run.hold), "it asks")
    state = await stand.state()
    assert state.run is not None and state.run.hold is not None and state.run.hold.rule == "contract-asks"
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    assert await stand.pids("checkout") == before, "no replica was started or stopped for it"
    assert rows(uri, "SELECT ended_at IS NOT NULL, broken FROM shipway.freezes") == [(True, "")]
    assert rows(uri, SAID.format("email_address")) == [(0,)]
    assert [str(name) for (name,) in rows(uri, TYPES)] == [
        "orders.id bigint",
        "orders.user_id bigint",
        "users.email_address text",
        "users.id bigint",
    ]
    assert rows(uri, LEFT) == [(0,)]
    (joined,) = rows(uri, "SELECT count(*), count(DISTINCT user_id) FROM receipts")[0:1]
    assert joined[0] > joined[1] > 0, "customers came back"
