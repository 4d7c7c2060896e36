"""Two steps of one change on the same table, that know nothing of each other; and steps that do."""

import pytest

from platforms.schema.dumping import dumped
from platforms.schema.killing import back, ran, to_the_end, to_the_switch
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.schema.operations.built import Unfit

SETUP = (
    "CREATE TABLE users (id bigserial PRIMARY KEY, email text DEFAULT 'd' UNIQUE, amount int CHECK (amount > 0))",
    "INSERT INTO users (email, amount) SELECT 'u' || n, n FROM generate_series(1, 150) n",
    "ANALYZE users",
)
STEPS = (
    "rename_column: {table: users, from: email, to: email_address}\n"
    "  - change_type: {table: users, column: amount, to: bigint}"
)
EXAMPLE = (
    "rename_column: {table: users, from: email, to: email_address}\n"
    "  - change_type: {table: orders, column: user_id, to: bigint}\n"
    "  - set_not_null: {table: users, column: plan, backfill: \"'free'\"}"
)
"""Of the guide to schema changes."""
TABLES = (
    "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {email} text UNIQUE, {plan})",
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id {user_id} REFERENCES users)",
)
OLD = {"email": "email", "plan": "plan text", "user_id": "int"}
FILL = (
    "INSERT INTO users (email) SELECT 'old' || n FROM generate_series(1, 20000) n",
    "INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) n",
    "ANALYZE",
)
WRONG = "SELECT count(*) FROM users WHERE plan IS NULL OR plan <> 'free' AND plan !~ '^p[0-9]+$'"


def test_they_go_there_and_back_and_to_the_end_under_writers(database: str) -> None:  # noqa: F811
    run(database, *(text.format(**OLD) for text in TABLES), *FILL)
    before = dumped(database)
    ran(database, EXAMPLE.partition("\n  - set_not_null")[0], to_the_switch)
    ran(database, EXAMPLE.partition("\n  - set_not_null")[0], back)
    assert dumped(database) == before
    old = Writer(uri=database, table="users", shape=Shape("email", "'u' || %(n)s || '-' || random()"), seed=1)
    plans = Writer(
        uri=database,
        table="users",
        shape=Shape("plan, email", "('p' || %(n)s, 'q' || %(n)s || '-' || random())"),
        seed=2,
    )
    both = Shape("plan, email_address", "('p' || %(n)s, 'u' || %(n)s || '-' || random())")
    new = Writer(uri=database, table="users", shape=both, seed=3)
    with writing(old, plans):
        ran(database, EXAMPLE, to_the_switch)
    assert rows(database, "SELECT count(*) FROM users WHERE email IS DISTINCT FROM email_address") == [(0,)]
    with writing(new):
        ran(database, EXAMPLE, to_the_end)
    assert [*old.errors, *plans.errors, *new.errors] == []
    assert rows(database, WRONG) == [(0,)]
    said = {int(str(row)): str(text) for row, text in rows(database, "SELECT id, email_address FROM users")}
    wrote = {row: n for one in (old, new) for row, n in one.wrote.items()}
    assert all(said[row].startswith(f"u{n}-") for row, n in wrote.items())


def test_in_the_end_they_are_tables_made_anew(database: str) -> None:  # noqa: F811
    run(database, *(text.format(**OLD) for text in TABLES))
    ran(database, EXAMPLE, to_the_end)
    found = [
        line for line in dumped(database).splitlines() if "email" in line or "plan" in line or "user_id" in line
    ]
    assert not any(" email " in line or "shipway" in line for line in found), found
    run(database, "INSERT INTO users (email_address, plan) VALUES ('a', 'b')")
    with pytest.raises(Exception, match="null value"):
        run(database, "INSERT INTO users (email_address, plan) VALUES ('c', NULL)")


@pytest.mark.parametrize(
    ("more", "why"),
    [("CREATE INDEX two ON users (amount, lower(email))", "index two"), ("SELECT 1", "")],
)
def test_what_spans_both_is_seen_in_the_catalog(more: str, why: str, database: str) -> None:  # noqa: F811
    run(database, *SETUP, more)
    with runner(database, STEPS) as one:
        if why:
            with pytest.raises(Unfit, match="changed twice") as found:
                one.expand()
            assert why in found.value.why
        else:
            one.expand()


def test_the_key_is_exchanged_alone(database: str) -> None:  # noqa: F811
    run(database, *SETUP)
    steps = STEPS.replace("column: amount", "column: id")
    with runner(database, steps) as one, pytest.raises(Unfit, match="changed twice"):
        one.expand()
