"""A change from its file to its end on a real PostgreSQL, by the commands that people type."""

from pathlib import Path

import pytest

from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.cli import main
from shipway.errors import Exit

pytestmark = pytest.mark.real


@pytest.fixture
def file(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """A new change of a table with 3,000 rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    run(
        database,
        "CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(50) NOT NULL UNIQUE)",
        "INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, 3000) n",
        "ANALYZE users",
    )
    assert main(["schema", "new", "email_address"]) == Exit.DONE
    path = Path("migrations/0001_email_address.yaml")
    path.write_text(path.read_text().replace("14d", "0s").replace("1h", "0s"))
    return str(path)


def said(words: list[str], capsys: pytest.CaptureFixture[str], *, code: Exit = Exit.DONE) -> str:
    capsys.readouterr()
    assert main(["schema", *words]) == code
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert all(len(line) <= 80 for line in text.splitlines()) or words[0] == "plan"
    return text


def test_from_a_file_to_the_end(file: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    assert "CREATE UNIQUE INDEX CONCURRENTLY users_email_key_shipway" in said(["plan", file], capsys)
    assert "this needs backfilled" in said(["switch", file], capsys, code=Exit.REFUSED)
    assert "✓ dual-writing" in said(["expand", file], capsys)
    assert "dual-writing" in said(["status"], capsys)
    assert "100%, 3,000 of about 3,000 rows" in said(["backfill", file], capsys)
    assert "email_address is what email says, in every row" in said(["verify", file], capsys)
    assert "✓ switched" in said(["switch", file], capsys)
    assert "no view, function, policy or trigger names it" in said(["usage", file], capsys)
    text = "CREATE FUNCTION seen() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN count(email) FROM users; END'"
    run(database, text)
    assert "✗ plpgsql function seen()" in said(["usage", file, "--code", "."], capsys, code=Exit.REFUSED)
    assert "Other objects use the old column" in said(["contract", file], capsys, code=Exit.REFUSED)
    run(database, "DROP FUNCTION seen")
    assert "nothing was frozen" in said(["thaw", file], capsys)
    assert "There is no way back" in said(["contract", file], capsys, code=Exit.REFUSED)
    assert "✓ contracted" in said(["contract", file, "--yes"], capsys)
    assert "has no way back" in said(["revert", file, "--yes"], capsys, code=Exit.REFUSED)
    assert rows(database, "SELECT * FROM users WHERE id = 7") == [(7, "u7")]


def test_back_from_the_switch(file: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    for word in ("expand", "backfill", "switch"):
        said([word, file], capsys)
    run(database, "UPDATE users SET email_address = 'new' WHERE id = 7")
    assert "✓ absent" in said(["revert", file, "--yes"], capsys)
    assert rows(database, "SELECT * FROM users WHERE id = 7") == [(7, "new")]
    assert "No change has begun" in said(["status"], capsys)


def test_a_file_that_was_edited_meanwhile_is_not_run(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(["expand", file], capsys)
    Path(file).write_text(Path(file).read_text().replace("to: email_address", "to: mail"))
    assert "said something else" in said(["backfill", file], capsys, code=Exit.INPUT)


def test_a_table_that_is_not_there(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(file).write_text(Path(file).read_text().replace("table: users", "table: user"))
    assert "has no table" in said(["plan", file], capsys, code=Exit.INPUT)


def test_no_database_is_named(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert "No database is named" in said(["expand", file], capsys, code=Exit.INPUT)


def test_a_second_file_of_one_name_is_not_written(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is there already" in said(["new", "email_address"], capsys, code=Exit.INPUT)
    assert "Did you mean `change_type`?" in said(["new", "x", "change_typ"], capsys, code=Exit.INPUT)
    assert "0002_total.yaml" in said(["new", "total", "change_type"], capsys)


def test_the_linter_reads_the_file_of_a_change(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No hazard in 1 file" in said(["lint", "migrations"], capsys)
    Path(file).write_text("change: x\nsteps: 3\n")
    assert "a list belongs here" in said(["lint", file], capsys, code=Exit.INPUT)
