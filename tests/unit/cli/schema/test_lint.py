"""`shipway schema lint` as people and machines meet it."""

import json
from pathlib import Path

import pytest

from shipway.cli import main
from shipway.errors import Exit

FILE = "ALTER TABLE users ADD COLUMN email text;\nCREATE INDEX by_email ON users (email);\n"


@pytest.fixture
def migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "0007.sql").write_text(FILE)
    return "0007.sql"


def test_hazards_are_told_with_a_way_out(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "lint", migration]) == Exit.REFUSED
    said = capsys.readouterr().out
    assert "✗ 0007.sql:2:1  create-index" in said
    assert "lock  SHARE: stops writes, while every row is read" in said
    assert "CREATE INDEX CONCURRENTLY by_email ON users USING btree (email);" in said
    assert "2 hazards in 1 file" in said


def test_advice_alone_stops_nobody(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--without", "create-index", "--without", "no-lock-timeout"]
    assert main(["schema", "lint", migration, *words]) == Exit.DONE
    assert "✓ No hazard in 1 file" in capsys.readouterr().out


def test_github_shows_it_beside_the_line(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", "lint", migration, "--format", "github"])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("::error file=0007.sql,line=2,col=1,title=create-index::Nobody") for line in lines)
    assert all(line.startswith("::") for line in lines), "newlines are escaped"


def test_sarif_has_rules_and_results(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", "lint", migration, "--format", "sarif"])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}


def test_json_has_the_lock_and_the_fix(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", "lint", migration, "--json"])
    data = json.loads(capsys.readouterr().out)
    (one,) = [one for one in data["findings"] if one["hazard"] == "create-index"]
    assert (one["lock"], one["held"], one["line"]) == ("SHARE", "a scan", 2)


def test_an_unknown_hazard_is_not_taken(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "lint", migration, "--without", "create-indx"]) == Exit.INPUT
    assert "Did you mean `create-index`?" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "lint", "nowhere.sql"]) == Exit.INPUT
    assert "docs/errors/no-migration.md" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--dialect", "mariadb"], []])
def test_sql_of_mariadb_is_known_when_somebody_says_so_or_by_its_words(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table = "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;\n"
    (tmp_path / "0008.sql").write_text(f"{table}ALTER TABLE orders MODIFY user_id BIGINT;\n")
    assert main(["schema", "lint", "0008.sql", *words, "--without", "no-lock-timeout"]) == Exit.REFUSED
    assert "✗ 0008.sql:2:1  copies-table" in capsys.readouterr().out


def test_a_version_that_is_none_is_refused(migration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "lint", migration, "--server", "new"]) == Exit.INPUT
    assert "--server new is no version" in capsys.readouterr().err
