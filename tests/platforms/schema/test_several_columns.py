"""A column becomes several, and several become one, while both versions of the code write."""

from collections.abc import Iterable

import pytest
from msgspec import Struct

from platforms.schema.dumping import dumped
from platforms.schema.killing import killed_everywhere
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.model.phase import Phase

ROWS = 20_000


class Case(Struct, frozen=True, kw_only=True):
    """One operation, how both versions of the code write, and the table that it leads to."""

    table: str
    fill: str
    step: str
    old: Shape
    new: Shape
    final: str


WHOLE = Shape("name", "'f' || %(n)s || ' l' || %(n)s")
PARTS = Shape("first_name, last_name", "('f' || %(n)s, 'l' || %(n)s)")
SPLIT = """split_column:
      table: users
      column: name
      into: {first_name: text, last_name: text}
      up:
        first_name: split_part(name, ' ', 1)
        last_name: substr(name, length(split_part(name, ' ', 1)) + 2)
      down: concat_ws(' ', first_name, last_name)
      required: first_name, last_name"""
MERGE = """merge_column:
      table: users
      columns: first_name, last_name
      into: name
      type: text
      up: concat_ws(' ', first_name, last_name)
      down:
        first_name: split_part(name, ' ', 1)
        last_name: substr(name, length(split_part(name, ' ', 1)) + 2)
      required: true"""
OWN = """sql:
      table: users
      expand: |
        ALTER TABLE users ADD COLUMN title text;
        CREATE FUNCTION titled() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            IF NEW.title IS NULL THEN NEW.title := NEW.name; ELSE NEW.name := NEW.title; END IF;
          ELSIF NEW.title IS DISTINCT FROM OLD.title THEN
            NEW.name := NEW.title;
          ELSE
            NEW.title := NEW.name;
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER titled BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION titled();
        CREATE INDEX CONCURRENTLY by_title ON users (title)
      backfill: UPDATE users SET title = name WHERE title IS DISTINCT FROM name
      contract: |
        DROP TRIGGER titled ON users;
        DROP FUNCTION titled();
        ALTER TABLE users DROP COLUMN name
      revert: |
        DROP TRIGGER IF EXISTS titled ON users;
        DROP FUNCTION IF EXISTS titled();
        ALTER TABLE users DROP COLUMN IF EXISTS title"""
CASES = {
    "split_column": Case(
        table="id bigserial PRIMARY KEY, name text NOT NULL DEFAULT 'f0 l0' CHECK (name <> 'x'), note text",
        fill="INSERT INTO users (name) SELECT 'f' || n || ' l' || n FROM generate_series(-{}, -1) n",
        step=SPLIT,
        old=WHOLE,
        new=PARTS,
        final="id bigserial PRIMARY KEY, note text, first_name text NOT NULL, last_name text NOT NULL",
    ),
    "merge_column": Case(
        table="id bigserial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, note text",
        fill="INSERT INTO users (first_name, last_name) SELECT 'f' || n, 'l' || n FROM generate_series(-{}, -1) n",
        step=MERGE,
        old=PARTS,
        new=WHOLE,
        final="id bigserial PRIMARY KEY, note text, name text NOT NULL",
    ),
    "sql": Case(
        table="id bigserial PRIMARY KEY, name text NOT NULL DEFAULT 'f0 l0', note text",
        fill="INSERT INTO users (name) SELECT 'f' || n || ' l' || n FROM generate_series(-{}, -1) n",
        step=OWN,
        old=WHOLE,
        new=Shape("title", WHOLE.value),
        final="id bigserial PRIMARY KEY, note text, title text); CREATE INDEX by_title ON users (title",
    ),
}


def prepared(uri: str, case: Case, *, count: int = ROWS) -> None:
    run(uri, f"CREATE TABLE users ({case.table})", case.fill.format(count), "ANALYZE users")


def filled(seed: int) -> dict[int, int]:
    """Rows from before that one writer goes on writing, while they are filled: one in three."""
    return {row: row - ROWS - 1 for row in range(seed, ROWS + 1, 3)}


def assert_rows(uri: str, writers: Iterable[Writer], *shapes: Shape) -> None:
    """Each row says what was written into it last, in every shape; those from before say what they said."""
    for shape in shapes:
        said = {int(str(row[0])): " ".join(map(str, row[1:])) for row in rows(uri, shape.read("users"))}
        wrote = {row: n for one in writers for row, n in one.wrote.items()}
        for row, text in said.items():
            n = wrote.get(row)
            assert text == f"f{n} l{n}" if n is not None else text.startswith("f-"), (row, shape.column)
        assert not wrote.keys() - said.keys()


@pytest.mark.parametrize("name", CASES)
def test_nobody_notices_and_no_row_is_wrong(name: str, database: str) -> None:  # noqa: F811
    case = CASES[name]
    prepared(database, case)
    before = dumped(database)
    with runner(database, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        one.revert()
    assert dumped(database) == before
    old = [Writer(uri=database, table="users", shape=case.old, seed=seed, wrote=filled(seed)) for seed in (1, 2)]
    new = Writer(uri=database, table="users", shape=case.new, seed=3)
    both = Writer(uri=database, table="users", shape=case.old, others=(case.new,), seed=4)
    with writing(*old):
        with runner(database, case.step) as one:
            one.expand()
            one.revert()
            one.expand()
        with writing(new, both), runner(database, case.step) as one:
            assert one.backfill(lambda walk: None) == Phase.BACKFILLED
            assert not any(found.wrong for found in one.verify())
            assert one.switch() == Phase.SWITCHED
    assert_rows(database, [*old, new, both], case.old, case.new)
    both.others = ()
    with writing(new), runner(database, case.step) as one:
        assert one.evidence().wrong == ()
        assert one.contract() == Phase.CONTRACTED
    assert [error for one in (*old, new, both) for error in one.errors] == []
    assert_rows(database, [*old, new, both], case.new)


@pytest.mark.parametrize("name", CASES)
def test_in_the_end_it_is_a_table_made_anew(name: str, database: str) -> None:  # noqa: F811
    case = CASES[name]
    run(database, f"CREATE TABLE users ({case.final})")
    fresh = dumped(database)
    run(database, "DROP TABLE users", f"CREATE TABLE users ({case.table})")
    with runner(database, case.step) as one:
        one.reach(Phase.CONTRACTED, lambda walk: None)
    assert dumped(database) == fresh


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", CASES)
def test_killed_before_any_statement_it_goes_on_or_back(name: str, database: str) -> None:  # noqa: F811
    case = CASES[name]
    old = Writer(uri=database, table="users", shape=case.old, seed=1)
    new = Writer(uri=database, table="users", shape=case.new, seed=2)
    prepared(database, case, count=300)
    killed_everywhere(database, case.step, before=old, after=new)
    assert [*old.errors, *new.errors] == []
    assert_rows(database, [old, new], case.new)


def test_what_has_no_exact_way_back_stays_as_it_was_written(database: str) -> None:  # noqa: F811
    prepared(database, CASES["split_column"], count=10)
    with runner(database, SPLIT) as one:
        one.expand()
        run(
            database,
            "INSERT INTO users (id, first_name, last_name) VALUES (101, 'Ada Maria', 'L')",
            "UPDATE users SET name = name, note = 'saved whole, as object mappers do' WHERE id = 101",
            "INSERT INTO users (id, name) VALUES (102, 'Plato')",
        )
        one.backfill(lambda walk: None)
        run(database, "UPDATE users SET first_name = NULL, last_name = NULL WHERE id = 3")
        assert one.switch() == Phase.SWITCHED
    said = "SELECT name, first_name, last_name FROM users WHERE id IN (3, 101, 102) ORDER BY id"
    assert rows(database, said) == [("", "", ""), ("Ada Maria L", "Ada Maria", "L"), ("Plato", "Plato", "")]
