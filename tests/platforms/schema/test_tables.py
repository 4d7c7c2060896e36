"""Tables that are made and renamed, while both versions of the code write."""

from dataclasses import dataclass

import psycopg
import pytest

from platforms.schema.dumping import dumped
from platforms.schema.killing import back, deaths, killed_everywhere, ran, to_the_switch
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.model.phase import Phase
from shipway.schema.operations.built import Unfit

RENAME = "rename_table: {table: users, to: accounts}"
USERS = (
    "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, team int DEFAULT 7)",
    "CREATE TABLE orders (id bigserial PRIMARY KEY, buyer bigint REFERENCES users ON DELETE CASCADE)",
    "INSERT INTO users (email) SELECT 'before' || n FROM generate_series(1, 5000) n",
    "INSERT INTO orders (buyer) SELECT n FROM generate_series(1, 5000) n",
    "ANALYZE users, orders",
)
ADD = """add_table:
      table: invoices
      columns: |
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        buyer bigint NOT NULL REFERENCES users (id),
        total numeric(12, 2) CHECK (total >= 0)"""


@dataclass
class Upsert(Shape):
    """Writes by ON CONFLICT too, to a table of its own."""

    called: str = "users"

    def insert(self, table: str) -> str:
        values = f"({self.column}, team) VALUES ({self.value}, 1)"
        conflict = f"ON CONFLICT ({self.column}) DO UPDATE SET team = excluded.team"
        return f"INSERT INTO {self.called} AS mine {values} {conflict} RETURNING mine.id"

    def update(self, table: str) -> str:
        return super().update(self.called)

    def read(self, table: str) -> str:
        return super().read(self.called)


def shape(called: str, seed: int) -> Upsert:
    """Addresses of its own, so that no two writers write one row."""
    return Upsert("email", f"'{seed}-' || %(n)s", called)


def writer(uri: str, called: str, seed: int, *others: Shape) -> Writer:
    return Writer(uri=uri, table="-", shape=shape(called, seed), others=others, seed=seed)


def assert_rows(uri: str, called: str, *writers: Writer) -> None:
    """Each row says what was written into it last."""
    said = dict(rows(uri, f"SELECT id, email FROM {called}"))
    for one in writers:
        for row, n in one.wrote.items():
            assert said[row] == f"{one.seed}-{n}", row
        assert one.wrote, "it wrote"


def own_rows(writers: list[Writer]) -> list[str]:
    """What failed, but for numbers that one writer drew twice."""
    return [error for one in writers for error in one.errors if "users_email_key" not in error]


def test_nobody_notices_that_a_table_gets_another_name(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    before = dumped(database)
    with runner(database, RENAME) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        one.revert()
    assert dumped(database) == before
    old, new = [writer(database, "users", seed) for seed in (1, 2)], writer(database, "accounts", 3)
    both = writer(database, "users", 4, shape("accounts", 4))
    with writing(*old):
        with runner(database, RENAME) as one:
            one.expand()
            one.revert()
            one.expand()
        with writing(new, both), runner(database, RENAME) as one:
            one.backfill(lambda walk: None)
            assert one.switch() == Phase.SWITCHED
    assert_rows(database, "users", *old, new, both)
    with writing(new), runner(database, RENAME) as one:
        assert one.evidence().is_named
        assert one.contract() == Phase.CONTRACTED
    assert own_rows([*old, new, both]) == []
    assert_rows(database, "accounts", *old, new, both)
    run(database, "DELETE FROM accounts WHERE id = 7")
    assert rows(database, "SELECT count(*) FROM orders WHERE buyer = 7") == [(0,)]


def test_a_renamed_table_is_as_if_it_had_been_renamed_at_once(database: str) -> None:  # noqa: F811
    run(database, *USERS, "ALTER TABLE users RENAME TO accounts")
    fresh = dumped(database)
    run(database, "DROP TABLE accounts, orders", *USERS)
    with runner(database, RENAME) as one:
        one.reach(Phase.CONTRACTED, lambda walk: None)
    assert dumped(database) == fresh


@pytest.mark.timeout(3600)
def test_a_rename_is_killed_before_any_statement(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    old, new = writer(database, "users", 1), writer(database, "accounts", 2)
    killed_everywhere(database, RENAME, before=old, after=new)
    assert own_rows([old, new]) == []
    assert_rows(database, "accounts", old, new)


def test_roles_have_the_same_rights_on_the_new_name(database: str) -> None:  # noqa: F811
    run(
        database,
        *USERS,
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader",
        "GRANT SELECT ON users TO reader",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON users USING (id < 10)",
    )
    with runner(database, RENAME) as one:
        one.expand()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE reader")
        assert connection.execute("SELECT count(*) FROM accounts").fetchall() == [(9,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM accounts")
    with runner(database, RENAME) as one:
        one.revert()
    run(database, "DROP OWNED BY reader", "DROP ROLE reader")


def test_who_still_knows_the_old_name_holds_the_contract(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    with runner(database, RENAME) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        run(
            database,
            "CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql AS"
            " 'BEGIN RETURN (SELECT count(*) FROM users); END'",
        )
        assert one.evidence().dependents == ("function counted()",)
        with pytest.raises(ChangeRefused):
            one.reach(Phase.CONTRACTED, lambda walk: None)
        run(database, "DROP FUNCTION counted()")
        one.reach(Phase.CONTRACTED, lambda walk: None)


def test_what_a_foreign_key_asks_by_itself_is_no_use_of_the_old_name(database: str) -> None:  # noqa: F811
    asks = 'SELECT $2 FROM ONLY "public"."users" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x'
    run(
        database,
        *USERS,
        "CREATE TABLE pg_stat_statements AS SELECT oid AS dbid, 7::bigint AS calls, q AS query, top AS toplevel"
        f" FROM pg_database, (VALUES ('{asks}', false), ('SELECT * FROM accounts', true)) v(q, top)"
        " WHERE datname = current_database()",
    )
    with runner(database, RENAME) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        assert one.evidence().used == ()
        run(
            database,
            "INSERT INTO pg_stat_statements SELECT dbid, 3, 'SELECT email FROM users', true"
            " FROM pg_stat_statements LIMIT 1",
        )
        assert one.evidence().used == ("3 times: SELECT email FROM users",)


def test_a_name_that_somebody_has_is_not_taken_and_not_dropped(database: str) -> None:  # noqa: F811
    run(database, *USERS, "CREATE VIEW accounts AS SELECT 1 AS mine", "CREATE TABLE invoices (mine int)")
    before = dumped(database)
    with runner(database, RENAME) as one:
        with pytest.raises(DatabaseError, match="refused"):
            one.expand()
        one.revert()
    with runner(database, ADD) as one, pytest.raises(Unfit, match="is there already"):
        one.expand()
    assert dumped(database) == before


def test_a_table_is_made_and_taken_back_while_it_is_empty(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    before, old = dumped(database), writer(database, "users", 1)
    with runner(database, ADD) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        one.revert()
    assert dumped(database) == before
    with writing(old), runner(database, ADD) as one:
        one.expand()
        run(database, "INSERT INTO invoices (buyer, total) VALUES (1, 9.5)")
        with pytest.raises(ChangeRefused, match="1 rows would be lost"):
            one.revert()
        assert rows(database, "SELECT id, buyer FROM invoices") == [(1, 1)]
        run(database, "DELETE FROM invoices")
        one.revert()
        assert rows(database, "SELECT to_regclass('invoices')") == [(None,)]
        assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED
    assert own_rows([old]) == []


def test_a_row_that_comes_while_the_table_is_dropped_is_kept(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    with runner(database, ADD) as one:
        one.expand()
        (batch,) = one.build(one.tables())[0].revert
        run(database, "INSERT INTO invoices (buyer) VALUES (1)")
        with pytest.raises(DatabaseError) as error:
            one.session.undo(batch)
        assert "invoices has rows" in error.value.why
    assert rows(database, "SELECT count(*) FROM invoices") == [(1,)]


@pytest.mark.timeout(3600)
def test_making_a_table_is_killed_before_any_statement(database: str) -> None:  # noqa: F811
    run(database, *USERS)
    before = dumped(database)
    for at in deaths(database, ADD, to_the_switch):
        ran(database, ADD, back)
        assert dumped(database) == before, f"killed at {at} and taken back"
    for _ in deaths(database, ADD, back):
        pass
    assert dumped(database) == before
    for _ in deaths(database, ADD, to_the_switch):
        pass
    assert rows(database, "SELECT count(*) FROM invoices") == [(0,)]
