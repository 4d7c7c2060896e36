"""Operations that exchange no column: there and back, and there to the end, while code writes."""

import psycopg
import pytest
from msgspec import Struct

from platforms.schema.dumping import dumped
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import DatabaseError, TooLong
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.model.phase import Phase
from shipway.schema.operations.built import Unfit

TABLE = """CREATE TABLE "Users" (id bigserial PRIMARY KEY, "E-mail" text DEFAULT 'none', team bigint DEFAULT 1,
    age int NOT NULL DEFAULT 30)"""
SETUP = (
    "CREATE TABLE teams (id bigint PRIMARY KEY)",
    "INSERT INTO teams SELECT n FROM generate_series(0, 9) n",
    TABLE,
    """INSERT INTO "Users" ("E-mail", team) SELECT 'u' || n, n % 10 FROM generate_series(1, 5000) n""",
    'ANALYZE "Users"',
    "CREATE TYPE mood AS ENUM ('sad', 'glad')",
    """CREATE TABLE "Booked" (id bigserial PRIMARY KEY, team bigint, during int4range, mood mood)""",
    """INSERT INTO "Booked" (during) SELECT int4range(n * 2, n * 2 + 1) FROM generate_series(1, 500) n""",
)


class Case(Struct, frozen=True, kw_only=True):
    """A step, and a query that answers true once it is there."""

    step: str
    proof: str
    before: str = "SELECT 1"
    is_same_after_revert: bool = True


COLUMN = "SELECT attnotnull FROM pg_attribute WHERE attrelid = '\"Users\"'::regclass AND attname = '{}'"
VALID = "SELECT convalidated FROM pg_constraint WHERE conname = '{}'"
CASES = {
    "add_column": Case(
        step="add_column: {table: Users, column: token, type: uuid, default: gen_random_uuid(), required: true}",
        proof=COLUMN.format("token"),
    ),
    "add_column, constant": Case(
        step="add_column: {table: Users, column: Größe, type: int, default: '7', required: true}",
        proof='SELECT bool_and("Größe" = 7) FROM "Users"',
    ),
    "drop_column": Case(
        step="drop_column: {table: Users, column: age}",
        proof="SELECT count(*) = 0 FROM pg_attribute WHERE attname = 'age' AND NOT attisdropped",
    ),
    "set_not_null": Case(
        step="set_not_null: {table: Users, column: E-mail, backfill: '''none-'' || id'}",
        before='UPDATE "Users" SET "E-mail" = NULL WHERE id % 3 = 0',
        proof=COLUMN.format("E-mail"),
        is_same_after_revert=False,
    ),
    "add_index": Case(
        step="add_index: {table: Users, on: 'lower(\"E-mail\"), id', name: by mail, where: age > 3}",
        proof="SELECT indisvalid FROM pg_index WHERE indexrelid = '\"by mail\"'::regclass",
    ),
    "add_unique": Case(
        step="add_unique: {table: Users, columns: 'id, team'}", proof=VALID.format("Users_id_team_key")
    ),
    "add_primary_key": Case(
        step="add_primary_key: {table: Users, columns: 'id, team'}",
        before='ALTER TABLE "Users" DROP CONSTRAINT "Users_pkey"',
        proof=VALID.format("Users_pkey"),
    ),
    "set_default": Case(
        step="set_default: {table: Users, column: E-mail, default: lower('X')}",
        proof="SELECT pg_get_expr(adbin, adrelid) = 'lower(''X''::text)' FROM pg_attrdef WHERE adnum = 2"
        " AND adrelid = '\"Users\"'::regclass",
    ),
    "drop_default": Case(
        step="drop_default: {table: Users, column: E-mail}",
        proof="SELECT count(*) = 0 FROM pg_attrdef WHERE adnum = 2 AND adrelid = '\"Users\"'::regclass",
    ),
    "drop_not_null": Case(
        step="drop_not_null: {table: Users, column: age}",
        proof="SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = '\"Users\"'::regclass AND attname = 'age'",
    ),
    "add_enum_value": Case(
        step="add_enum_value: {table: Booked, column: mood, value: so-so, before: glad}",
        proof="SELECT enum_range(NULL::mood)::text = '{sad,so-so,glad}'",
        is_same_after_revert=False,
    ),
    "add_exclusion": Case(
        step="add_exclusion: {table: Booked, exclude: during WITH &&, where: id > 3, name: once}",
        proof="SELECT count(*) = 1 FROM pg_constraint WHERE conname = 'once' AND contype = 'x'",
    ),
    "add_check": Case(step="add_check: {table: Users, check: age > 3, name: grown}", proof=VALID.format("grown")),
    "add_foreign_key": Case(
        step="add_foreign_key: {table: Users, columns: team, references: teams, to: id}",
        proof=VALID.format("Users_team_fkey"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_there_and_back_and_to_the_end(name: str, database: str) -> None:  # noqa: F811
    case = CASES[name]
    run(database, *SETUP, case.before)
    before = dumped(database)
    with runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.revert()
    assert (dumped(database) == before) == case.is_same_after_revert
    writer = Writer(uri=database, table='"Users"', shape=Shape("team", "mod(%(n)s, 10)"), seed=1)
    with writing(writer), runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        assert one.contract() == Phase.CONTRACTED
    assert writer.errors == []
    assert rows(database, case.proof) == [(True,)]


def test_old_code_may_write_nulls_until_the_end(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, CASES["set_not_null"].step) as one:
        one.expand()
        run(
            database,
            'INSERT INTO "Users" ("E-mail") VALUES (NULL)',
            'UPDATE "Users" SET "E-mail" = NULL WHERE id = 7',
        )
        one.backfill(lambda walk: None)
        one.switch()
        one.contract()
    assert rows(database, 'SELECT "E-mail" FROM "Users" WHERE id = 7') == [("none-7",)]
    with pytest.raises(psycopg.errors.NotNullViolation):
        run(database, 'UPDATE "Users" SET "E-mail" = NULL WHERE id = 7')


def test_rows_that_break_a_constraint_are_counted_before_it_is_added(database: str) -> None:  # noqa: F811
    run(database, *SETUP, 'UPDATE "Users" SET age = 1 WHERE id < 4')
    with runner(database, CASES["add_check"].step) as one:
        one.expand()
        with pytest.raises(ChangeRefused, match="3 rows are not right"):
            one.backfill(lambda walk: None)
        run(database, 'UPDATE "Users" SET age = 9 WHERE id < 4')
        assert one.backfill(lambda walk: None) == Phase.BACKFILLED


def test_a_unique_index_that_cannot_be_is_built_again_when_it_can(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    step = "add_unique: {table: Users, columns: E-mail}"
    run(database, """INSERT INTO "Users" ("E-mail") VALUES ('u1')""")
    with runner(database, step) as one:
        with pytest.raises(DatabaseError, match="refused"):
            one.expand()
        run(database, """DELETE FROM "Users" WHERE id > 5000""")
        one.expand()
        assert one.backfill(lambda walk: None) == Phase.BACKFILLED


def test_nulls_of_new_code_are_in_the_way_back_until_they_have_a_value(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, CASES["drop_not_null"].step) as one:
        one.expand()
        run(database, 'UPDATE "Users" SET age = NULL WHERE id < 4')
        with pytest.raises(ChangeRefused, match="3 rows are in the way back"):
            one.revert()
        run(database, 'UPDATE "Users" SET age = 9 WHERE id < 4')
        one.revert()
    assert rows(database, COLUMN.format("age")) == [(True,)]


def test_a_name_that_the_user_gave_to_not_null_comes_back(database: str) -> None:  # noqa: F811
    if int(str(rows(database, "SHOW server_version_num")[0][0])) < 180000:
        pytest.skip("before 18 it has no name")
    run(database, *SETUP, 'ALTER TABLE "Users" RENAME CONSTRAINT "Users_age_not_null" TO grown')
    before = dumped(database)
    with runner(database, CASES["drop_not_null"].step) as one:
        one.expand()
        one.revert()
    assert dumped(database) == before


def test_a_value_that_cannot_be_dropped_is_barred_and_may_come_again(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, CASES["add_enum_value"].step) as one:
        one.expand()
        run(database, """UPDATE "Booked" SET mood = 'so-so' WHERE id = 7""")
        with pytest.raises(ChangeRefused, match="no row of Booked has so-so"):
            one.revert()
        run(database, """UPDATE "Booked" SET mood = 'sad' WHERE id = 7""")
        one.revert()
        with pytest.raises(psycopg.errors.CheckViolation):
            run(database, """UPDATE "Booked" SET mood = 'so-so' WHERE id = 7""")
        one.expand()
        run(database, """UPDATE "Booked" SET mood = 'so-so' WHERE id = 7""")


def test_an_exclusion_constraint_holds_nobody_up_on_a_table_that_is_too_large(database: str) -> None:  # noqa: F811
    run(database, *SETUP, 'ALTER TABLE "Booked" SET (autovacuum_enabled = false)', 'ANALYZE "Booked"')
    run(database, """INSERT INTO "Booked" (during) SELECT 'empty' FROM generate_series(1, 100000)""")
    step = "add_exclusion: {table: Booked, exclude: 'id WITH =, during WITH &&', using: gist, name: once}"
    run(database, "CREATE EXTENSION btree_gist")
    with runner(database, step) as one:
        one.expand()
        with pytest.raises(TooLong, match="did not end within 100 ms"):
            one.backfill(lambda walk: None)
        one.revert()
        run(database, 'ANALYZE "Booked"')
        with pytest.raises(Unfit, match="too many for an exclusion constraint"):
            one.expand()
    assert rows(database, "SELECT count(*) FROM pg_constraint WHERE conname = 'once'") == [(0,)]
