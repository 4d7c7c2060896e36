"""Changes of a file of SQLite: there and back, and there to the end, killed before any statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.opening import opened
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change
from shipway.schema.operations.built import Unfit

TABLE = """CREATE TABLE "Users" (
    id INTEGER PRIMARY KEY, -- a comment, with a comma
    email TEXT NOT NULL COLLATE NOCASE CHECK (email <> ','),
    team INT DEFAULT (1 + 0), "E mail" varchar(20) NULL, price NUMERIC, UNIQUE (email))"""


class Case(Struct, frozen=True, kw_only=True):
    """A step, what old and new code write meanwhile, and what a row says in the end."""

    step: str
    old: str = "INSERT INTO Users (email) VALUES ('old')"
    new: str = "INSERT INTO Users (email) VALUES ('new')"
    ends: str
    text: str
    """In the table's text in the end."""


CASES = {
    "rename_column": Case(
        step="rename_column: {table: Users, from: email, to: Adresse}",
        new="INSERT INTO Users (Adresse) VALUES ('new')",
        ends="SELECT group_concat(Adresse) = 'u1,u2,u3,old,new' FROM (SELECT Adresse FROM Users ORDER BY id)",
        text='"Adresse" TEXT NOT NULL COLLATE NOCASE CHECK ("Adresse" <> \',\')',
    ),
    "change_type": Case(
        step="change_type: {table: Users, column: price, to: bigint, as: cents, "
        "up: CAST(price * 100 AS INT), down: cents / 100.0}",
        old="INSERT INTO Users (email, price) VALUES ('old', 7.5)",
        new="INSERT INTO Users (email, cents) VALUES ('new', 250)",
        ends="SELECT group_concat(cents) = '100,200,300,750,250' FROM Users",
        text='"cents" bigint',
    ),
    "change_type, same name": Case(
        step="change_type: {table: Users, column: team, to: bigint}",
        ends="SELECT sum(team) = 5 AND typeof(team) = 'integer' FROM Users",
        text="team bigint DEFAULT (1 + 0)",
    ),
    "add_column": Case(
        step="add_column: {table: Users, column: token, type: text, default: hex(randomblob(4)), required: true}",
        ends="SELECT count(DISTINCT token) = 5 FROM Users",
        text='"token" text DEFAULT (hex(randomblob(4))) NOT NULL',
    ),
    "drop_column": Case(
        step="drop_column: {table: Users, column: E mail}",
        ends="SELECT count(*) = 0 FROM pragma_table_info('Users') WHERE name = 'E mail'",
        text="price NUMERIC",
    ),
    "set_not_null": Case(
        step="set_not_null: {table: Users, column: price, backfill: team * 2}",
        ends="SELECT group_concat(price) = '1,2,3,2,2' FROM Users",
        text="price NUMERIC NOT NULL",
    ),
    "set_default": Case(
        step="set_default: {table: Users, column: team, default: 7}",
        ends="SELECT group_concat(team) = '1,1,1,7,7' FROM Users",
        text="team INT DEFAULT (7)",
    ),
    "add_index": Case(
        step="add_index: {table: Users, on: 'lower(email), id', name: by mail, where: team > 0}",
        ends="SELECT count(*) = 1 FROM pragma_index_list('Users') WHERE name = 'by mail'",
        text="UNIQUE (email))",
    ),
    "add_unique": Case(
        step="add_unique: {table: Users, columns: 'id, team'}",
        ends="SELECT count(*) = 1 FROM pragma_index_list('Users') WHERE name = 'Users_id_team_key'",
        text="UNIQUE (email))",
    ),
    "add_check": Case(
        step="add_check: {table: Users, check: team < 10, name: small}",
        ends="SELECT count(*) = 5 FROM Users",
        text='UNIQUE (email), CONSTRAINT "small" CHECK (team < 10))',
    ),
    "add_foreign_key": Case(
        step="add_foreign_key: {table: Users, columns: team, references: teams, to: id}",
        ends="SELECT count(*) = 5 FROM Users",
        text='FOREIGN KEY ("team") REFERENCES "teams" ("id") ON DELETE NO ACTION)',
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "shop file.db"
    run(
        found,
        TABLE,
        "CREATE TABLE teams (id INTEGER PRIMARY KEY)",
        "INSERT INTO teams VALUES (1), (7)",
        "INSERT INTO Users (email, price) VALUES ('u1', 1), ('u2', 2), ('u3', 3)",
    )
    return found


def run(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Of the last one: its rows."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [connection.execute(statement).fetchall() for statement in statements][-1]
    finally:
        connection.close()


def dumped(path: Path) -> list[tuple[object, ...]]:
    """The schema as it is written, but for our journal."""
    return run(path, "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE '%shipway%' ORDER BY name")


@contextmanager
def runner(path: Path, step: str) -> Iterator[Runner]:
    change = parse_change(f"change: moved\nsteps:\n  - {step}\nhold: 0s\n", file="m.yaml")
    with opened(f"sqlite:///{path}", purpose="test") as session:
        yield Runner(session, change, told=lambda what: None)


@pytest.mark.parametrize("name", CASES)
def test_there_and_back_and_to_the_end(name: str, path: Path) -> None:
    case, before = CASES[name], dumped(path)
    with runner(path, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.revert()
        assert dumped(path) == before
        one.expand()
        run(path, case.old)
        one.backfill(lambda walk: None)
        run(path, case.new)
        assert one.switch() == Phase.SWITCHED
        assert one.contract() == Phase.CONTRACTED
    assert run(path, case.ends) == [(1,)]
    ((text,),) = run(path, "SELECT sql FROM sqlite_schema WHERE name = 'Users'")
    assert case.text in str(text)
    assert run(path, "PRAGMA integrity_check") == [("ok",)]
    assert run(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == [(0,)]


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("name", ["rename_column", "set_not_null", "add_check"])
def test_killed_before_any_statement_it_goes_on(name: str, path: Path) -> None:
    case = CASES[name]
    at, is_over = 1, False
    while not is_over:
        count = 0

        def heard(text: str) -> None:
            nonlocal count
            count += 1
            if count == at:  # noqa: B023
                raise Killed

        with runner(path, case.step) as one:
            one.session.heard = heard
            try:
                one.reach(Phase.CONTRACTED, lambda walk: None)
                is_over = True
            except Killed:
                at += 1
    assert at > 30
    assert run(path, "PRAGMA integrity_check") == [("ok",)]


def test_rows_that_break_a_check_are_counted_and_new_ones_refused(path: Path) -> None:
    run(path, "UPDATE Users SET team = 70 WHERE id = 1")
    with runner(path, CASES["add_check"].step) as one:
        one.expand()
        with pytest.raises(sqlite3.IntegrityError):
            run(path, "INSERT INTO Users (email, team) VALUES ('x', 70)")
        with pytest.raises(ChangeRefused, match="1 rows are not right"):
            one.backfill(lambda walk: None)


def test_what_sqlite_cannot_do_is_refused_before_anything_happens(path: Path) -> None:
    before = dumped(path)
    for step in (
        "add_primary_key: {table: Users, columns: id}",
        "rename_column: {table: Users, from: id, to: number}",
        "add_check: {table: Users, check: '1) or (1'}",
    ):
        with runner(path, step) as one, pytest.raises(Unfit):
            one.expand()
    assert dumped(path) == before


def test_a_second_command_waits_its_turn(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipway.adapters.databases.runner.TAKE_SECONDS_MAX", 0.1)
    step = CASES["rename_column"].step
    with runner(path, step) as one, runner(path, step) as two:
        one.expand()
        with pytest.raises(ChangeRefused, match="Another command"):
            two.expand()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    with pytest.raises(DatabaseError), opened(url, purpose="test"):
        pass
    assert not (tmp_path / "none.db").exists()


def test_steps_that_know_nothing_of_each_other_change_one_table(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, plan TEXT)")
        connection.execute("INSERT INTO users (email) VALUES ('a'), ('b')")
    steps = (
        "  - rename_column: {table: users, from: email, to: address}\n"
        "  - set_not_null: {table: users, column: plan, backfill: \"'free'\"}\n"
    )
    change = parse_change(f"change: moved\nsteps:\n{steps}hold: 0s\nfreeze: 0s\n", file="m.yaml")
    for is_back in (True, False):
        with opened(f"sqlite:///{path}", purpose="test") as session:
            one = Runner(session, change, told=lambda what: None)
            one.reach(Phase.SWITCHED, lambda walk: None)
            with sqlite3.connect(path) as other:
                other.execute("INSERT INTO users (email) VALUES ('c')")
            one.revert() if is_back else one.reach(Phase.CONTRACTED, lambda walk: None)
    with sqlite3.connect(path) as connection:
        ((sql,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'users'").fetchall()
        assert '"address" TEXT' in sql and "email" not in sql and "plan TEXT NOT NULL" in sql
        said = connection.execute("SELECT address, plan FROM users ORDER BY id").fetchall()
        assert said == [("a", "free"), ("b", "free"), ("c", "free"), ("c", "free")]
