"""Columns that move to a table of their own, while both versions of the code write."""

import threading
from dataclasses import dataclass

import psycopg
import pytest

from platforms.schema.dumping import dumped
from platforms.schema.killing import killed_everywhere
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.model.phase import Phase
from shipway.schema.operations.built import Unfit

STEP = 'split_table: {table: users, columns: "street, City", into: addresses}'
SETUP = (
    'CREATE TABLE users (id bigserial PRIMARY KEY, note text, street text, "City" varchar(40) COLLATE "C")',
    """INSERT INTO users (street, "City") SELECT 's' || n, 'c' || n FROM generate_series(1, 20000) n""",
    "INSERT INTO users (note) VALUES ('lives nowhere')",
    "ANALYZE users",
)
FRESH = (
    "CREATE TABLE users (id bigserial PRIMARY KEY, note text)",
    """CREATE TABLE addresses (id bigint PRIMARY KEY REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
    street text, "City" varchar(40) COLLATE "C")""",
)
WHOLE = Shape('street, "City"', "('s' || %(n)s, 'c' || %(n)s)")
SAID = 'SELECT id, street, "City" FROM {} ORDER BY id'


@dataclass
class Apart(Shape):
    """Code that knows two tables."""

    def insert(self, table: str) -> str:
        made = f"WITH made AS (INSERT INTO {table} (note) VALUES ('new') RETURNING id)"
        values = "SELECT id, 's' || %(n)s, 'c' || %(n)s FROM made"
        return f"{made} INSERT INTO addresses (id, {self.column}) {values} RETURNING id"

    def update(self, table: str) -> str:
        return super().update("addresses")

    def read(self, table: str) -> str:
        return super().read("addresses")


APART = Apart(WHOLE.column, WHOLE.value)


def writer(uri: str, shape: Shape, seed: int, *others: Shape) -> Writer:
    return Writer(uri=uri, table="users", shape=shape, others=others, seed=seed)


def assert_rows(uri: str, writers: list[Writer], *tables: str) -> None:
    """Each row says what was written into it last, in each of these tables, and one of before what it said."""
    wrote = {row: n for one in writers for row, n in one.wrote.items()}
    for table in tables:
        said = {row[0]: row[1:] for row in rows(uri, SAID.format(table))}
        for row, n in wrote.items():
            assert said[row] == (f"s{n}", f"c{n}"), (row, table)
        assert said[78] == ("s78", "c78")


def test_nobody_notices_and_no_row_is_wrong(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    before = dumped(database)
    with runner(database, STEP) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        one.revert()
    assert dumped(database) == before
    old = [writer(database, WHOLE, seed) for seed in (1, 2)]
    for one in old:  # rows from before that it goes on writing while they are filled
        one.wrote = {row: row for row in range(one.seed, 20_001, 3)}
    new, both = writer(database, APART, 3), writer(database, WHOLE, 4, APART)
    with writing(*old):
        with runner(database, STEP) as one:
            one.expand()
            one.revert()
            one.expand()
        with writing(new, both), runner(database, STEP) as one:
            assert one.backfill(lambda walk: None) == Phase.BACKFILLED
            assert not any(found.wrong for found in one.verify())
            assert one.switch() == Phase.SWITCHED
    assert_rows(database, [*old, new, both], "users", "addresses")
    with writing(new), runner(database, STEP) as one:
        assert one.evidence().wrong == ()
        assert one.contract() == Phase.CONTRACTED
    assert [error for one in (*old, new, both) for error in one.errors] == []
    assert_rows(database, [*old, new, both], "addresses")


def test_in_the_end_they_are_tables_made_anew(database: str) -> None:  # noqa: F811
    run(database, *FRESH)
    fresh = dumped(database)
    run(database, "DROP TABLE addresses, users", SETUP[0])
    with runner(database, STEP) as one:
        one.reach(Phase.CONTRACTED, lambda walk: None)
    assert dumped(database) == fresh


@pytest.mark.timeout(3600)
def test_killed_before_any_statement_it_goes_on_or_back(database: str) -> None:  # noqa: F811
    run(database, *SETUP, "DELETE FROM users WHERE id > 300")
    old, new = writer(database, WHOLE, 1), writer(database, APART, 2)
    killed_everywhere(database, STEP, before=old, after=new)
    assert [*old.errors, *new.errors] == []
    assert_rows(database, [old, new], "addresses")


def test_a_freeze_sees_old_code_write_and_not_new_code(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, STEP) as one:
        one.reach(Phase.SWITCHED, lambda walk: None)
        (built,) = one.build(one.tables())
        assert built.counting is not None
        run(database, *built.counting.begin)
        used = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {built.counting.sequence}"
        run(
            database,
            "UPDATE addresses SET street = 'new' WHERE id = 1",
            "INSERT INTO users (note) VALUES ('new')",
            "UPDATE users SET note = 'new'",
        )
        assert rows(database, used) == [(0,)]
        run(database, "UPDATE users SET street = 'old' WHERE id = 1", "INSERT INTO users (street) VALUES ('old')")
        assert rows(database, used) == [(2,)]
        assert one.contract() == Phase.CONTRACTED


def test_no_row_there_is_the_same_as_nulls(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, STEP) as one:
        one.expand()
        one.backfill(lambda walk: None)
        run(
            database,
            "INSERT INTO users (id, note) VALUES (30001, 'new code: first this'), (30002, 'and never more')",
            "INSERT INTO addresses (id, street) VALUES (30001, 'then that')",
            "INSERT INTO addresses (id, street) VALUES (7, 'x') ON CONFLICT (id) DO UPDATE SET street = 'upsert'",
            "DELETE FROM addresses WHERE id = 8",
            'UPDATE users SET street = NULL, "City" = NULL WHERE id = 9',
            "DELETE FROM users WHERE id = 10",
            "UPDATE users SET id = 30011 WHERE id = 11",
            "UPDATE addresses SET id = 30002 WHERE id = 12",
        )
        with pytest.raises(psycopg.errors.UniqueViolation):
            run(database, "INSERT INTO addresses (id, street) VALUES (7, 'twice')")
        assert one.switch() == Phase.SWITCHED
    those = "id IN (7, 8, 9, 10, 11, 12) OR id > 30000"
    assert rows(database, f'SELECT id, street, "City" FROM users WHERE {those} ORDER BY id') == [
        (7, "upsert", "c7"),
        (8, None, None),
        (9, None, None),
        (12, None, None),
        (30001, "then that", None),
        (30002, "s12", "c12"),
        (30011, "s11", "c11"),
    ]
    assert rows(database, f"SELECT id, street FROM addresses WHERE {those} ORDER BY id") == [
        (7, "upsert"),
        (9, None),
        (30001, "then that"),
        (30002, "s12"),
        (30011, "s11"),
    ]


def test_a_role_writes_what_it_could_write_before(database: str) -> None:  # noqa: F811
    run(
        database,
        *SETUP,
        "DROP ROLE IF EXISTS app",
        "CREATE ROLE app",
        "GRANT UPDATE (street), SELECT ON users TO app",
    )
    with runner(database, STEP) as one, pytest.raises(Unfit, match="cannot leave users"):
        one.expand()
    run(database, "REVOKE ALL (street) ON users FROM app", "GRANT INSERT, SELECT ON users TO app")
    with runner(database, STEP) as one:
        one.expand()
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("GRANT USAGE ON SEQUENCE users_id_seq TO app")
            connection.execute("SET ROLE app")
            connection.execute("INSERT INTO users (street) VALUES ('old code')")
            assert connection.execute("SELECT street FROM addresses").fetchall() == [("old code",)]
        one.revert()
    run(database, "DROP OWNED BY app", "DROP ROLE app")


def test_rows_that_are_only_in_the_new_table_are_not_dropped(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    with runner(database, STEP) as one:
        one.expand()
        one.backfill(lambda walk: None)
        run(
            database,
            "ALTER TABLE addresses DISABLE TRIGGER USER",
            "UPDATE addresses SET street = 'around the trigger' WHERE id = 7",
            "ALTER TABLE addresses ENABLE ALWAYS TRIGGER zz_shipway_moved_0",
        )
        with pytest.raises(ChangeRefused, match="1 rows would be lost"):
            one.revert()
        with pytest.raises(ChangeRefused, match="1 rows are not right"):
            one.switch()
        one.backfill(lambda walk: None)
        one.revert()


def test_both_versions_on_one_row_at_once_lose_nothing_silently(database: str) -> None:  # noqa: F811
    """They lock two tables in opposite order: PostgreSQL may end one of them, and then it says so."""
    run(database, *SETUP, "DELETE FROM users WHERE id > 3")
    with runner(database, STEP) as one:
        one.expand()
        one.backfill(lambda walk: None)
    texts = ("UPDATE users SET street = %s WHERE id = 1", "UPDATE addresses SET street = %s WHERE id = 1")
    said: list[str] = []

    def hot(text: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SET deadlock_timeout = '10ms'")
            for n in range(200):
                try:
                    connection.execute(text, (f"{n}",))
                except psycopg.errors.DeadlockDetected as error:
                    said.append(str(error))

    threads = [threading.Thread(target=hot, args=(text,)) for text in texts for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with runner(database, STEP) as one:
        assert not any(found.wrong for found in one.verify())
    assert rows(database, SAID.format("users")) == rows(database, SAID.format("addresses"))
