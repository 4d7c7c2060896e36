"""Steps in SQL of one's own: cut in batches, linted, and nothing is dropped that they did not make."""

from collections.abc import Mapping

import pytest

from shipway.schema.operations import named
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.sql import table_of
from shipway.schema.table import Column, Table

USERS = Table(
    schema="public",
    name="users",
    rows=9,
    columns=(Column(name="id", type="bigint"), Column(name="plan", type="text")),
    key=("id",),
    server=18,
)
SYNC = (
    "CREATE FUNCTION sync() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tier := NEW.plan; RETURN NEW; END $$"
)
EXPAND = f"""
ALTER TABLE users ADD COLUMN tier text;
{SYNC};
CREATE TRIGGER sync BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION sync();
CREATE INDEX CONCURRENTLY by_tier ON users (tier);
ALTER TABLE users ADD CONSTRAINT known CHECK (tier <> '') NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT known
"""
REVERT = """
DROP TRIGGER IF EXISTS sync ON users;
DROP FUNCTION IF EXISTS sync();
ALTER TABLE users DROP COLUMN IF EXISTS tier
"""


def built(table: Table = USERS, **texts: str) -> Built:
    options: Mapping[str, str] = {"table": "users", **texts}
    return named("sql").build(options, table, change="change_0", where="m.yaml:3:5")


def refused(**texts: str) -> Unfit:
    with pytest.raises(Unfit) as error:
        built(**texts)
    assert error.value.where == "m.yaml:3:5"
    assert error.value.why and error.value.fix
    return error.value


def test_what_cannot_share_a_transaction_does_not() -> None:
    found = built(expand=EXPAND, revert=REVERT).expand
    assert [len(batch.statements) for batch in found] == [3, 1, 1, 1]
    assert [batch.builds for batch in found] == ["", "public.by_tier", "", ""]
    assert [batch.is_long for batch in found] == [False, True, False, True]


def test_what_was_not_made_is_not_taken_back() -> None:
    found = built(expand=EXPAND, revert=f"{REVERT}; DROP INDEX IF EXISTS by_tier").revert
    assert [batch.undoes for batch in found] == [("expand", 0), ("expand", 0), ("expand", 0), ("expand", 1)]


@pytest.mark.parametrize(
    ("expand", "revert", "said"),
    [
        ("ALTER TABLE users DROP COLUMN plan", "", "`expand` takes the column users.plan"),
        ("DROP TABLE orders", "", "`expand` takes the table orders"),
        ("DELETE FROM users WHERE id = 1", "", "`expand` takes rows of users"),
        ("UPDATE users SET plan = 'x' WHERE id = 1", "", "`expand` takes rows of users"),
        ("DROP OWNED BY app", "", "`expand` takes everything that a role owns"),
        ("CREATE TABLE tiers (id bigint)", "DROP TABLE IF EXISTS orders", "`revert` takes the table orders"),
        ("CREATE TABLE IF NOT EXISTS tiers (id bigint)", "DROP TABLE IF EXISTS tiers", "`revert` takes the table"),
        (f"{SYNC.replace('CREATE', 'CREATE OR REPLACE')}", "DROP FUNCTION IF EXISTS sync", "the function sync"),
        ("CREATE TABLE a.tiers (id bigint)", "DROP TABLE IF EXISTS b.tiers", "`revert` takes the table b.tiers"),
        ("CREATE TABLE tiers (id bigint)", "DROP TABLE tiers", "`revert` can run once only"),
        ("CREATE TABLE tiers (id bigint)", "", "`revert` is missing"),
    ],
)
def test_what_it_did_not_make_it_does_not_take(expand: str, revert: str, said: str) -> None:
    texts = {"expand": expand, "revert": revert} if revert else {"expand": expand}
    assert said in refused(**texts).what


@pytest.mark.parametrize(
    "expand",
    [
        "CREATE TABLE tiers (id bigint PRIMARY KEY); INSERT INTO tiers VALUES (1); CREATE INDEX i ON tiers (id)",
        "CREATE SCHEMA more; CREATE TABLE more.tiers (id bigint)",
        "CREATE TYPE tier AS ENUM ('free'); CREATE SEQUENCE tier_ids; CREATE VIEW names AS SELECT 1 AS one",
    ],
)
def test_what_it_made_it_may_fill_and_drop(expand: str) -> None:
    revert = {"more": "DROP TABLE IF EXISTS more.tiers; DROP SCHEMA IF EXISTS more"}
    revert["ENUM"] = "DROP VIEW IF EXISTS names; DROP SEQUENCE IF EXISTS tier_ids; DROP TYPE IF EXISTS tier"
    text = next((found for word, found in revert.items() if word in expand), "DROP TABLE IF EXISTS tiers")
    assert built(expand=expand, revert=text).revert


@pytest.mark.parametrize(
    ("backfill", "said"),
    [
        ("UPDATE users SET plan = 'a' WHERE plan IS NULL; DROP TABLE users", "is not one UPDATE"),
        ("DELETE FROM users", "is not one UPDATE"),
        ("UPDATE users SET plan = 'a'", "cannot be cut in batches"),
        ("UPDATE orders SET plan = 'a' WHERE plan IS NULL", "cannot be cut in batches"),
        ("UPDATE other.users SET plan = 'a' WHERE plan IS NULL", "cannot be cut in batches"),
        ("UPDATE users u SET plan = 'a' WHERE u.plan IS NULL", "cannot be cut in batches"),
        ("UPDATE users SET plan = o.plan FROM orders o WHERE true", "cannot be cut in batches"),
        ("UPDATE users SET plan = 'a' WHERE plan IS NULL RETURNING id", "cannot be cut in batches"),
        ("WITH gone AS (DELETE FROM orders) UPDATE users SET plan = 'a' WHERE true", "cannot be cut in batches"),
        ("UPDATE users SET", "is not one UPDATE"),
    ],
)
def test_a_backfill_is_one_update_of_its_table(backfill: str, said: str) -> None:
    assert said in refused(backfill=backfill).what


def test_a_backfill_is_cut_by_the_key_and_proven() -> None:
    found = built(backfill="UPDATE users SET plan = 'a' || ';', id = id WHERE plan IS NULL OR plan = '';")
    assert found.backfill is not None
    assert (
        found.backfill.statement("(id) > (7)")
        == "UPDATE public.users SET plan = 'a' || ';', id = id WHERE (id) > (7) AND (plan IS NULL OR plan = '')"
    )
    assert found.verify[0].query.endswith("WHERE (plan IS NULL OR plan = '')")


@pytest.mark.parametrize(
    "verify",
    [
        "SELECT 1; DROP TABLE users",
        "DELETE FROM users",
        "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone",
        "SELECT count(*) INTO more FROM users",
        "SELECT id FROM users FOR UPDATE",
        "SELECT 1, 2",
    ],
)
def test_a_verify_only_asks(verify: str) -> None:
    assert "`verify` is" in refused(verify=verify).what


@pytest.mark.parametrize(
    ("expand", "said"),
    [
        ("CREATE INDEX i ON users (plan)", "create-index"),
        ("ALTER TABLE users ALTER plan SET NOT NULL", "set-not-null"),
        ("ALTER TABLE users RENAME plan TO tier", "rename-column"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$", "dynamic-sql"),
        ("BEGIN; ALTER TABLE users ADD COLUMN tier text", "cannot run here"),
        ("COMMIT", "cannot run here"),
        ("SET search_path = evil", "cannot run here"),
        ("ALTER TABLE users ADD COLUM tier text", "cannot run here"),
        ("DROP INDEX CONCURRENTLY i", "drops an index concurrently"),
        ("CREATE INDEX CONCURRENTLY ON users (plan)", "has no name"),
        ("TRUNCATE users", "truncate"),
    ],
)
def test_what_would_hurt_is_refused_with_what_to_write_instead(expand: str, said: str) -> None:
    assert said in refused(expand=expand, revert="SELECT 1").what


def test_a_comment_says_that_somebody_looked() -> None:
    text = "-- shipway: ignore dynamic-sql because it only raises a notice\nDO $$ BEGIN RAISE NOTICE 'x'; END $$"
    assert built(expand=text, revert="SELECT 1").expand


def test_a_contract_drops_an_old_shape_after_its_proofs() -> None:
    contract = (
        "DROP TRIGGER sync ON users; DROP FUNCTION sync(); ALTER TABLE users DROP COLUMN plan; DROP TABLE old"
    )
    found = built(expand=EXPAND, revert=REVERT, contract=contract)
    assert found.old == (("public.users", "plan", ""), ("old", "", ""))
    assert ("function", "sync") in found.leaving
    assert len(found.contract) == 1
    for more, said in (("DROP SCHEMA public", "the schema public"), ("DROP TABLE old CASCADE", "cascade")):
        assert said in refused(contract=more).what


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (
            {"backfill": "UPDATE shop.users SET tier = plan WHERE tier IS NULL"},
            {"table": "users", "schema": "shop"},
        ),
        ({"expand": "ALTER TABLE users ADD COLUMN tier text"}, {"table": "users"}),
        ({"expand": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"}, {}),
        ({}, {}),
    ],
)
def test_the_table_is_the_first_that_a_step_names(texts: Mapping[str, str], found: Mapping[str, str]) -> None:
    assert table_of(texts) == found
