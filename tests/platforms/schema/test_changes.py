"""Operations on a real PostgreSQL while old and new code write and read: no error, and no row that is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import Struct

from platforms.schema.dumping import dumped
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change

ROWS = 20_000


class Case(Struct, frozen=True, kw_only=True):
    """One operation and how both versions of the code write."""

    table: str
    step: str
    old: Shape
    new: Shape


CASES = {
    "rename_column": Case(
        table="id bigserial PRIMARY KEY, email text NOT NULL DEFAULT 'u0' UNIQUE, note text",
        step="rename_column: {table: users, from: email, to: email_address}",
        old=Shape("email", "'u' || %(n)s || '-' || random()"),
        new=Shape("email_address", "'u' || %(n)s || '-' || random()"),
    ),
    "change_type": Case(
        table="id bigserial PRIMARY KEY, amount int CHECK (amount >= 0)",
        step="change_type: {table: users, column: amount, to: bigint, as: amount_v2}",
        old=Shape("amount", "%(n)s::int"),
        new=Shape("amount_v2", "%(n)s::bigint"),
    ),
    "change_type with expressions": Case(
        table="id bigserial PRIMARY KEY, price numeric(12, 2) NOT NULL",
        step="change_type: {table: users, column: price, to: bigint, as: cents, "
        "up: '(price * 100)::bigint', down: '(cents / 100.0)::numeric(12, 2)'}",
        old=Shape("price", "%(n)s / 100.0"),
        new=Shape("cents", "%(n)s"),
    ),
}
FILL = {
    "rename_column": "INSERT INTO users (email) SELECT 'old' || n FROM generate_series(1, {}) n",
    "change_type": "INSERT INTO users (amount) SELECT n FROM generate_series(1, {}) n",
    "change_type with expressions": "INSERT INTO users (price) SELECT n / 100.0 FROM generate_series(1, {}) n",
}
SAYS = {
    "rename_column": ("split_part(email, '-', 1)", "split_part(email_address, '-', 1)", "'u' || {}"),
    "change_type": ("amount", "amount_v2", "{}"),
    "change_type with expressions": ("price", "cents", "{}"),
}
"""What a column says of a number, for both shapes."""


@contextmanager
def runner(uri: str, step: str, *, hold: str = "0s", name: str = "moved", freeze: str = "0s") -> Iterator[Runner]:
    change = parse_change(f"change: {name}\nsteps:\n  - {step}\nhold: {hold}\nfreeze: {freeze}\n", file="m.yaml")
    with connected(uri, purpose="test") as connection:
        yield Runner(Session(connection), change, told=lambda what: None)


def prepared(uri: str, name: str, *, count: int = ROWS) -> Case:
    run(uri, f"CREATE TABLE users ({CASES[name].table})", FILL[name].format(count), "ANALYZE users")
    return CASES[name]


def writer(uri: str, shape: Shape, seed: int) -> Writer:
    return Writer(uri=uri, table="users", shape=shape, seed=seed)


@pytest.mark.parametrize("name", CASES)
def test_nobody_notices_and_no_row_is_wrong(name: str, database: str) -> None:  # noqa: F811
    case = prepared(database, name)
    old = [writer(database, case.old, seed) for seed in (1, 2)]
    new = [writer(database, case.new, seed) for seed in (3, 4)]
    with writing(*old):
        with runner(database, case.step) as one:
            assert one.expand() == Phase.DUAL_WRITING
            one.revert()
            assert one.expand() == Phase.DUAL_WRITING
            assert one.backfill(lambda walk: None) == Phase.BACKFILLED
        with writing(*new), runner(database, case.step) as one:
            assert not any(found.wrong for found in one.verify())
            assert one.switch() == Phase.SWITCHED
    assert_rows(database, name, [*old, *new], shapes=(case.old, case.new))
    with writing(*new), runner(database, case.step) as one:
        assert one.evidence().wrong == ()
        assert one.contract() == Phase.CONTRACTED
    assert [error for one in (*old, *new) for error in one.errors] == []
    assert_rows(database, name, [*old, *new], shapes=(case.new,))


def assert_rows(uri: str, name: str, writers: list[Writer], *, shapes: tuple[Shape, ...]) -> None:
    """Each row says what was written into it last, in every shape."""
    for shape in shapes:
        said = dict(rows(uri, f"SELECT id, {shape.column} FROM users"))
        for one in writers:
            for row, n in one.wrote.items():
                assert _number(name, said[row], shape) == n, (row, shape.column)


def _number(name: str, value: object, shape: Shape) -> int:
    if name == "rename_column":
        return int(str(value)[1:].partition("-")[0])
    return round(float(str(value)) * 100) if shape.column == "price" else int(str(value))


@pytest.mark.parametrize("name", CASES)
def test_a_change_that_is_taken_back_leaves_nothing(name: str, database: str) -> None:  # noqa: F811
    case = prepared(database, name)
    before = dumped(database)
    with runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        assert dumped(database) != before
        one.revert()
    assert dumped(database) == before


def test_what_was_written_by_new_code_survives_going_back(database: str) -> None:  # noqa: F811
    case = prepared(database, "rename_column")
    with runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        run(
            database,
            "INSERT INTO users (email_address) VALUES ('new')",
            "UPDATE users SET email_address = 'x' WHERE id = 7",
        )
        one.revert()
    assert rows(database, "SELECT email FROM users WHERE id IN (7, 20001) ORDER BY id") == [("x",), ("new",)]


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("name", ["rename_column", "change_type"])
def test_killed_before_any_statement_it_goes_on(name: str, database: str) -> None:  # noqa: F811
    case = prepared(database, name, count=300)
    before, old = dumped(database), writer(database, case.old, 1)
    total = _walked(database, case, die_at=None)
    assert total > 40, "expand, backfill and switch say more than a few statements"
    _taken_back(database, case)
    assert dumped(database) == before
    with writing(old):
        for at in range(1, total + 1):
            with pytest.raises(Killed):
                _walked(database, case, die_at=at)
            _walked(database, case, die_at=None)
            if at < total:
                _taken_back(database, case)
    with runner(database, case.step) as one:
        assert not any(found.wrong for found in one.verify())
        assert one.contract() == Phase.CONTRACTED
    assert old.errors == []
    assert_rows(database, name, [old], shapes=(case.new,))


def _walked(uri: str, case: Case, *, die_at: int | None) -> int:
    """From wherever it is to the switch; the number of statements."""
    count = 0

    def heard(text: str) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            raise Killed

    change = parse_change(f"change: moved\nsteps:\n  - {case.step}\nhold: 0s\n", file="m.yaml")
    with connected(uri, purpose="test") as connection:
        one = Runner(Session(connection, heard=heard), change, told=lambda what: None)
        one.expand()
        one.backfill(lambda walk: None)
        assert one.switch() == Phase.SWITCHED
    return count


def _taken_back(uri: str, case: Case) -> None:
    with runner(uri, case.step) as one:
        one.revert()


def test_contract_is_refused_without_its_proofs(database: str) -> None:  # noqa: F811
    case = prepared(database, "rename_column")
    with runner(database, case.step, hold="1h") as one:
        one.expand()
        with pytest.raises(ChangeRefused):
            one.contract()
        one.backfill(lambda walk: None)
        one.switch()
        run(
            database,
            "CREATE VIEW mails AS SELECT email FROM users",
            'CREATE MATERIALIZED VIEW "All mails" AS SELECT email, lower(email) FROM users',
            "CREATE RULE quiet AS ON UPDATE TO users WHERE old.email = 'x' DO ALSO NOTHING",
        )
        found = one.evidence()
    assert found.waits_seconds > 3000
    assert sorted(found.dependents) == ['materialized view "All mails"', "rule quiet on table users", "view mails"]


def test_a_row_that_was_written_around_the_trigger_is_found_and_repaired(database: str) -> None:  # noqa: F811
    case = prepared(database, "rename_column")
    with runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        run(
            database,
            "ALTER TABLE users DISABLE TRIGGER USER",
            "UPDATE users SET email = 'around' WHERE id = 9",
            "ALTER TABLE users ENABLE ALWAYS TRIGGER zz_shipway_moved_0",
        )
        assert [found.wrong for found in one.verify()] == [1]
        with pytest.raises(ChangeRefused, match="1 rows are not right"):
            one.switch()
        one.backfill(lambda walk: None)
        assert one.switch() == Phase.SWITCHED


def test_a_table_takes_one_change_at_a_time(database: str) -> None:  # noqa: F811
    case = prepared(database, "change_type")
    other = parse_change(f"change: other\nsteps:\n  - {case.step}\n", file="n.yaml")
    with runner(database, case.step) as one, connected(database, purpose="test") as connection:
        one.expand()
        with pytest.raises(ChangeRefused, match="moved is changing the same table"):
            Runner(Session(connection), other, told=lambda what: None).expand()


def test_a_plan_names_what_will_be_in_the_way_of_its_contract(database: str) -> None:  # noqa: F811
    case = prepared(database, "rename_column", count=300)
    run(
        database,
        "CREATE VIEW mails AS SELECT email FROM users",
        "CREATE FUNCTION first() RETURNS text LANGUAGE plpgsql"
        " AS 'begin return (select min(email) from users); end'",
    )
    with runner(database, case.step) as one:
        found = one.dependents(one.build(one.tables()))
    assert any("mails" in name for name in found)
    assert any("first" in name for name in found), found
