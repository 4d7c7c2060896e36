"""What is meant badly, or goes badly around it: refused or survived, and said in four lines."""

import json
import resource
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from platforms.schema.dumping import dumped
from platforms.schema.killing import back, ran, to_the_end, to_the_switch
from platforms.schema.states import orphans
from platforms.schema.test_changes import runner
from postgres import database, postgres_server, rows, run, running  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.errors import ShipwayError
from shipway.model.phase import Phase

EVIL = 'users"; DROP TABLE kept; --'
"""A name that is SQL."""
NAMES = (EVIL, "100%s", "Straße", "se lect", "a\\b", "'; --", "$tag$", "select", "ÿ" * 30)
SETUP = (
    "CREATE TABLE kept (id int)",
    "CREATE TABLE users (id bigserial PRIMARY KEY, email text, age int NOT NULL DEFAULT 3)",
    "INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, 2000) n",
    "ANALYZE users",
)
INJECTED = ("1); DROP TABLE kept; --", "1; DROP TABLE kept", "1, age = 0", "(SELECT 1) FROM kept; --", "1 --", "")


def step_of(operation: str, **options: str) -> str:
    return f"{operation}: {json.dumps(options)}"


def four_lines(error: ShipwayError) -> bool:
    return len(str(error).splitlines()) == 4


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_sql_are_names(name: str, database: str) -> None:  # noqa: F811
    table, column = (psycopg.sql.Identifier(one).as_string(None) for one in (name, f"{name}2"))
    run(
        database,
        "CREATE TABLE kept (id int)",
        f"CREATE TABLE {table} ({table} bigserial PRIMARY KEY, {column} text UNIQUE CHECK ({column} <> ''))",
        f"INSERT INTO {table} ({column}) SELECT n::text FROM generate_series(1, 50) n",
    )
    before = dumped(database)
    step = step_of("rename_column", table=name, **{"from": f"{name}2", "to": f"{name}3"})
    ran(database, step, to_the_switch)
    ran(database, step, back)
    assert dumped(database) == before
    ran(database, step, to_the_end)
    renamed = psycopg.sql.Identifier(f"{name}3").as_string(None)
    assert rows(database, f"SELECT count({renamed}) FROM {table}") == [(50,)]
    assert orphans(database) == []


@pytest.mark.parametrize(
    ("operation", "option", "more"),
    [
        ("set_not_null", "backfill", {"column": "email"}),
        ("add_column", "default", {"column": "b", "type": "int"}),
        ("add_column", "type", {"column": "b"}),
        ("add_check", "check", {}),
        ("add_index", "on", {}),
        ("add_index", "where", {"on": "id"}),
        ("set_default", "default", {"column": "age"}),
        ("drop_column", "default", {"column": "email"}),
        ("change_type", "to", {"column": "age"}),
        ("change_type", "up", {"column": "age", "to": "bigint", "as": "b", "down": "b"}),
        ("add_exclusion", "exclude", {}),
        ("add_exclusion", "where", {"exclude": "id WITH ="}),
    ],
)
@pytest.mark.parametrize("text", INJECTED)
def test_an_expression_is_one_expression(
    operation: str,
    option: str,
    more: dict[str, str],
    text: str,
    database: str,  # noqa: F811
) -> None:
    run(database, *SETUP)
    before = dumped(database)
    try:
        with runner(database, step_of(operation, table="users", **more, **{option: text})) as one:
            one.build(one.tables())
            pytest.fail("it was taken") if ";" in text else None
    except ShipwayError as error:
        assert four_lines(error), str(error)
    assert dumped(database) == before


MADE_BEFORE = {
    "add_index": (
        step_of("add_index", table="users", on="email", name="mine"),
        "CREATE INDEX mine ON users (age)",
    ),
    "add_unique": (
        step_of("add_unique", table="users", columns="id, email", name="mine"),
        "ALTER TABLE users ADD CONSTRAINT mine UNIQUE (id, age)",
    ),
    "add_check": (
        step_of("add_check", table="users", check="age > 1", name="mine"),
        "ALTER TABLE users ADD CONSTRAINT mine CHECK (age > 0)",
    ),
    "add_exclusion": (
        step_of("add_exclusion", table="users", exclude="int8range(id, id) WITH &&", name="mine"),
        "ALTER TABLE users ADD CONSTRAINT mine CHECK (age > 0)",
    ),
    "add_column": (
        step_of("add_column", table="users", column="mine", type="int"),
        "ALTER TABLE users ADD mine text",
    ),
    "rename_column": (
        step_of("rename_column", table="users", **{"from": "email", "to": "mine"}),
        "ALTER TABLE users ADD mine text",
    ),
}


@pytest.mark.parametrize("name", MADE_BEFORE)
def test_what_a_change_did_not_make_it_does_not_drop(name: str, database: str) -> None:  # noqa: F811
    step, made = MADE_BEFORE[name]
    run(database, *SETUP, made)
    before = dumped(database)
    with runner(database, step) as one, pytest.raises(ShipwayError) as said:
        one.expand()
        one.backfill(lambda walk: None)
    assert four_lines(said.value), str(said.value)
    ran(database, step, back)
    assert dumped(database) == before


def test_of_two_migrators_one_works_and_the_other_is_told(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    step = step_of("rename_column", table="users", **{"from": "email", "to": "mail"})
    begun, goes_on = threading.Event(), threading.Event()

    def told(what: str) -> None:
        begun.set()
        goes_on.wait(60)

    def first() -> None:
        with runner(database, step) as one:
            one.told = told
            one.expand()
            one.backfill(lambda walk: None)

    working = threading.Thread(target=first, daemon=True)
    working.start()
    assert begun.wait(60)
    with (
        runner(database, step) as other,
        pytest.raises(ChangeRefused, match="Another command works") as refused,
    ):
        other.expand()
    goes_on.set()
    working.join(60)
    assert four_lines(refused.value)
    with runner(database, step) as one:
        assert one.switch() == Phase.SWITCHED


@pytest.mark.parametrize("jump", ["-30 days", "30 days"])
def test_a_clock_that_jumps_ends_no_hold_that_it_did_not_measure(jump: str, database: str) -> None:  # noqa: F811
    """A hold is a time on the database's clock: back it lasts longer, forward it is over. Nothing else differs."""
    run(database, *SETUP)
    step = step_of("rename_column", table="users", **{"from": "email", "to": "mail"})
    with runner(database, step, hold="1h") as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        run(database, f"UPDATE shipway.changes SET phase_at = phase_at - interval '{jump}'")
        if jump.startswith("-"):
            assert one.evidence().waits_seconds > 29 * 86_400
            with pytest.raises(ChangeRefused, match="hold") as said:
                one.reach(Phase.CONTRACTED, lambda walk: None)
            assert four_lines(said.value)
            one.revert()
        else:
            assert one.evidence().waits_seconds == 0
            assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED
    assert orphans(database) == []


FILES_MAX = 24 * 2**20
"""Above the size of a file of the log, which PostgreSQL must be able to write."""


@pytest.fixture
def cramped() -> Iterator[str]:
    """A server whose files can grow to a size, and no further: what a full disk is to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILES_MAX, before[1]))
        try:
            uri = stack.enter_context(running())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        yield uri


def test_a_disk_that_is_full_stops_a_backfill_that_goes_on_when_there_is_room(cramped: str) -> None:
    run(
        cramped,
        "CREATE TABLE users (id bigserial PRIMARY KEY, email text, pad text)",
        "ALTER TABLE users SET (autovacuum_enabled = false)",
        "INSERT INTO users (email, pad) SELECT 'u' || n, repeat('x', 1000) FROM generate_series(1, 20000) n",
        "ANALYZE users",
    )
    step = step_of("rename_column", table="users", **{"from": "email", "to": "mail"})
    with runner(cramped, step) as one:
        one.expand()
        with pytest.raises(DatabaseError) as said:
            one.backfill(lambda walk: None)
        assert "could not extend file" in str(said.value)
        assert four_lines(said.value), str(said.value)
    run(cramped, "DELETE FROM users WHERE id > 5000", "VACUUM users")
    with runner(cramped, step) as one:
        assert one.backfill(lambda walk: None) == Phase.BACKFILLED
        assert one.switch() == Phase.SWITCHED
    assert rows(cramped, "SELECT count(*) FROM users WHERE mail IS DISTINCT FROM email") == [(0,)]


def test_a_table_that_is_not_there_is_told_in_four_lines(database: str) -> None:  # noqa: F811
    with runner(database, step_of("add_index", table=EVIL, on="id")) as one, pytest.raises(ShipwayError) as said:
        one.expand()
    assert four_lines(said.value)
