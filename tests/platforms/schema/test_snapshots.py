"""What a contract destroys is kept before, and put back after; and two schemas are compared. By the commands."""

import json
import re
import sys
from pathlib import Path

import psycopg
import pytest

from platforms.schema.commands import said, switched
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres import programs
from shipway.errors import Exit

TABLES = (
    'CREATE TABLE "Users" (team int, id bigserial, email text, note text, PRIMARY KEY (team, id))',
    "INSERT INTO \"Users\" (team, email) SELECT n % 7, E'tab\\t and\\nline ' || n FROM generate_series(1, 3000) n",
    'UPDATE "Users" SET email = NULL WHERE id = 3',
    'ANALYZE "Users"',
)
FILE = """change: email_address
steps:
  - rename_column: {table: Users, from: email, to: email_address}
hold: 0s
freeze: 0s
"""
BEFORE = 'SELECT team, id, email FROM "Users" ORDER BY id'


@pytest.fixture
def file(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    run(database, *TABLES)
    Path("0007.yaml").write_text(FILE)
    return "0007.yaml"


def test_a_column_that_is_gone_comes_back_with_every_value(
    file: str,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = rows(database, BEFORE)
    switched(file, capsys)
    text = said(["snapshot", file, "--to", "kept"], capsys)
    assert "About 3,000 rows" in text and "✓ kept: 3,000 rows" in text
    said(["contract", file, "--yes"], capsys)
    text = said(["restore", "kept", "--yes"], capsys)
    assert "no row is newer than the snapshot" in text and "2,999 rows were written" in text
    assert rows(database, BEFORE) == before


def test_what_is_newer_is_told_before_it_is_lost(
    file: str,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    switched(file, capsys)
    said(["snapshot", file, "--to", "kept"], capsys)
    said(["contract", file, "--yes"], capsys)
    run(
        database,
        "UPDATE \"Users\" SET email_address = 'newer' WHERE id IN (5, 6)",
        "INSERT INTO \"Users\" (team, email_address) VALUES (9, 'added')",
        'DELETE FROM "Users" WHERE id = 8',
    )
    text = said(["restore", "kept"], capsys, code=Exit.REFUSED)
    for told in ("2 rows written since", "1 row added since", "    9, 3001", "1 row deleted since"):
        assert told in text
    with pytest.raises(psycopg.errors.UndefinedColumn):
        rows(database, BEFORE)
    said(["restore", "kept", "--yes"], capsys)
    found = {row[1]: row[2] for row in rows(database, BEFORE)}
    assert (found[5], found[3001], 8 in found) == ("tab\t and\nline 5", None, False)


def test_a_snapshot_is_never_written_over_and_a_damaged_one_not_put_back(
    file: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    switched(file, capsys)
    made = json.loads(said(["snapshot", file, "--to", "kept", "--json"], capsys))
    assert made["columns"] == [{"table": 'public."Users"', "column": "email", "rows": 3000, "file": "0.dump"}]
    assert "is there already" in said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    (Path("kept") / "0.dump").write_bytes(b"PGDMP")
    assert "is damaged" in said(["restore", "kept", "--yes"], capsys, code=Exit.INPUT)
    assert "is no snapshot" in said(["restore", ".", "--yes"], capsys, code=Exit.INPUT)


def test_a_change_whose_contract_drops_nothing_has_nothing_to_keep(
    file: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path(file).write_text(re.sub("- .*", "- add_index: {table: Users, on: note}", FILE))
    assert "destroys nothing" in said(["snapshot", file], capsys)


GONE = """sql:
      table: notes
      expand: CREATE TABLE fresh (id int PRIMARY KEY)
      contract: DROP TABLE notes
      revert: DROP TABLE IF EXISTS fresh"""


def test_a_column_of_a_table_in_partitions_comes_back(
    file: str,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(
        database,
        'CREATE TABLE events (id int, "Day" int, note text, PRIMARY KEY (id, "Day")) PARTITION BY RANGE ("Day")',
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (5)",
        'CREATE TABLE "events.2" PARTITION OF events FOR VALUES FROM (5) TO (9)',
        "INSERT INTO events SELECT n, n % 9, E'a\\\\b\t' || n FROM generate_series(1, 500) n",
    )
    before = rows(database, "SELECT id, note FROM events ORDER BY id")
    Path(file).write_text(re.sub("- .*", "- drop_column: {table: events, column: note}", FILE))
    switched(file, capsys)
    assert "500 rows" in said(["snapshot", file, "--to", "kept"], capsys)
    said(["contract", file, "--yes"], capsys)
    said(["restore", "kept", "--yes"], capsys)
    assert rows(database, "SELECT id, note FROM events ORDER BY id") == before


def test_a_table_that_goes_as_a_whole_comes_back_as_a_whole(
    file: str,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(
        database,
        "CREATE TABLE notes (id serial PRIMARY KEY, said text UNIQUE)",
        "INSERT INTO notes (said) SELECT 'n' || n FROM generate_series(1, 200) n",
    )
    Path(file).write_text(re.sub("- rename.*", f"- {GONE}", FILE))
    switched(file, capsys)
    said(["snapshot", file, "--to", "kept"], capsys)
    assert "it is there, and stays" in said(["restore", "kept", "--yes"], capsys)
    said(["contract", file, "--yes"], capsys)
    assert "200 rows were written" in said(["restore", "kept", "--yes"], capsys)
    assert rows(database, "SELECT count(*), max(id) FROM notes") == [(200, 200)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(database, "INSERT INTO notes (said) VALUES ('n7')")


def test_pg_dump_that_is_older_than_the_server_is_refused(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("bin").mkdir()
    old = Path("bin/pg_dump")
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    switched(file, capsys)
    monkeypatch.setattr(programs, "MAY_ASK", "SELECT false")
    monkeypatch.setattr(programs, "DEBIAN", "/nowhere/{}")
    monkeypatch.setenv("PATH", "bin:/usr/bin")
    text = said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    assert "pg_dump 9 is older than" in text and "Install the client programs" in text
    old.unlink()
    monkeypatch.setenv("PATH", "bin")
    assert "pg_dump is not here" in said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    monkeypatch.undo()
    assert not Path("kept").exists()


BUILD = """
import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    for statement in sys.argv[1:]:
        connection.execute(statement)
"""


def test_a_database_is_compared_with_what_its_migrations_build(
    file: str,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("build.py").write_text(BUILD)
    command = f"{sys.executable} build.py '{TABLES[0]}'"
    assert "✓ The same as a fresh one." in said(["diff", "--fresh", command], capsys)
    said(["expand", file], capsys)
    run(
        database,
        'CREATE INDEX by_note ON "Users" (note)',
        "ALTER TABLE \"Users\" ALTER note SET DEFAULT lower('X')",
    )
    text = said(["diff", "--fresh", command], capsys, code=Exit.REFUSED)
    assert '+ column "Users".email_address' in text and '+ index by_note on "Users"' in text
    assert "~ column \"Users\".note\n    here   text DEFAULT lower('X'::text)\n    there  text\n" in text
    assert "trigger" not in text, "what Shipway keeps for itself is left out"
    assert rows(database, "SELECT count(*) FROM pg_database WHERE datname LIKE 'shipway_diff%'") == [(0,)]
    assert "was not built" in said(["diff", "--fresh", "false"], capsys, code=Exit.INPUT)
    assert "Exactly one of both" in said(["diff"], capsys, code=Exit.INPUT)
    found = json.loads(said(["diff", "--with", database, "--json"], capsys))
    assert found == {"differences": []}
