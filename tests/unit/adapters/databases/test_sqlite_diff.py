"""`shipway schema diff` on files of SQLite."""

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from shipway.cli import main
from shipway.errors import Exit

TABLE = """CREATE TABLE "User's" (
    id INTEGER PRIMARY KEY, -- a comment, with a comma
    email TEXT NOT NULL CHECK (email <> ','){}, UNIQUE (email)) STRICT"""
MADE = (TABLE.format(""), 'CREATE VIEW mails AS SELECT email FROM "User\'s"')
OURS = "CREATE TABLE shipway_changes (name TEXT PRIMARY KEY)"
OTHER = (
    TABLE.format(", note TEXT"),
    'CREATE INDEX by_note ON "User\'s" (note)',
    "CREATE VIEW mails AS SELECT 1",
    'CREATE TRIGGER noted AFTER INSERT ON "User\'s" BEGIN SELECT 1; END',
    'CREATE TRIGGER shipway_x AFTER INSERT ON "User\'s" BEGIN SELECT 1; END',
    OURS,
)
TOLD = [
    "+ column User's.note",
    "+ index by_note on User's",
    "+ trigger noted on User's",
    "~ view mails",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{made('shop.db', *MADE, OURS)}")


def made(name: str, *statements: str) -> str:
    connection = sqlite3.connect(name)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return name


def test_it_is_compared_with_what_its_migrations_build(capsys: pytest.CaptureFixture[str]) -> None:
    build = "import os, sqlite3; path = os.environ['DATABASE_URL'].removeprefix('sqlite:///')"
    build += "; sqlite3.connect(path).executescript(open('made.sql').read())"
    Path("build.py").write_text(build)
    Path("made.sql").write_text(";\n".join(MADE))
    assert main(["schema", "diff", "--fresh", f"{sys.executable} build.py"]) == Exit.DONE
    assert "✓ The same as a fresh one." in capsys.readouterr().out
    Path("made.sql").write_text("")
    assert main(["schema", "diff", "--fresh", f"{sys.executable} build.py"]) == Exit.REFUSED
    assert "+ table User's" in capsys.readouterr().out


def test_each_object_that_differs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    other = f"sqlite:///{made('other.db', *OTHER)}"
    assert main(["schema", "diff", "--database", other, "--with", "sqlite:///shop.db"]) == Exit.REFUSED
    assert [line for line in capsys.readouterr().out.splitlines() if line[:2] in ("+ ", "- ", "~ ")] == TOLD
    assert main(["schema", "diff", "--with", "sqlite:///shop.db", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {"differences": []}


def test_the_rest_of_a_table_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    made("other.db", TABLE.format("").replace("UNIQUE (email)", "UNIQUE (id, email)"), MADE[1])
    assert main(["schema", "diff", "--with", "sqlite:///other.db"]) == Exit.REFUSED
    assert "    here   UNIQUE (email), STRICT\n    there  UNIQUE (id, email), STRICT\n" in capsys.readouterr().out


def test_databases_of_two_kinds_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "diff", "--with", "postgresql://localhost/shop"]) == Exit.INPUT
    assert "spoken to as sqlite, the other as postgres" in " ".join(capsys.readouterr().err.split())
