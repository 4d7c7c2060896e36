"""What a contract destroys on MariaDB is kept before, and put back after, by the commands."""

import json
from pathlib import Path

import pymysql
import pytest

from mariadb import Server, dumped, mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.commands import said, switched
from shipway.errors import Exit

TEXT = "CONCAT('tab\\t, \\'quote\\'', CHAR(10), '(line ', UNHEX('F09F9880'), seq)"
TABLES = (
    "CREATE TABLE teams (id INT PRIMARY KEY) ENGINE=InnoDB",
    "INSERT INTO teams VALUES (1), (2)",
    "CREATE TABLE `Us ers` (team INT NOT NULL, id VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,"
    " `E-mail` VARCHAR(100) COLLATE utf8mb4_unicode_ci, raw VARBINARY(40), at TIMESTAMP(3) NULL,"
    " changed TIMESTAMP NOT NULL DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (team, id),"
    " CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams (id)) ENGINE=InnoDB",
    f"INSERT INTO `Us ers` (team, id, `E-mail`, raw, at) SELECT 1 + seq MOD 2, CONCAT('k', seq), {TEXT},"
    " UNHEX(SHA1(seq)), FROM_UNIXTIME(seq * 1000.5) FROM seq_1_to_3000",
    "UPDATE `Us ers` SET `E-mail` = NULL, changed = changed WHERE id = 'k3'",
    "ANALYZE TABLE `Us ers`",
)
FILE = """change: email_address
steps:
  - rename_column: {table: Us ers, from: E-mail, to: email_address}
hold: 0s
freeze: 0s
"""
DROP = """change: email_address
steps:
  - drop_column: {table: Us ers, column: COLUMN}
hold: 0s
freeze: 0s
"""
BEFORE = "SELECT team, id, `E-mail`, changed FROM `Us ers` ORDER BY team, id"
OURS = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shipway%'"


@pytest.fixture
def file(mariadb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", mariadb)
    run(mariadb, *TABLES)
    Path("0007.yaml").write_text(FILE)
    return "0007.yaml"


def test_a_column_that_is_gone_comes_back_with_every_value(
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = rows(mariadb, BEFORE)
    switched(file, capsys)
    text = said(["snapshot", file, "--to", "kept"], capsys)
    assert "✓ kept: 3,000 rows" in text
    said(["contract", file, "--yes"], capsys)
    text = said(["restore", "kept", "--yes"], capsys)
    assert "no row is newer than the snapshot" in text and "2,999 rows were written" in text
    assert rows(mariadb, BEFORE) == before, "with the times of columns that each UPDATE sets"
    assert rows(mariadb, OURS) == [(0,)]


@pytest.mark.parametrize("column", ["raw", "at"])
def test_bytes_and_times_come_back_as_they_were(
    column: str,
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = rows(mariadb, f"SELECT id, {column} FROM `Us ers` ORDER BY id")
    Path(file).write_text(DROP.replace("COLUMN", column))
    switched(file, capsys)
    said(["snapshot", file, "--to", "kept"], capsys)
    said(["contract", file, "--yes"], capsys)
    said(["restore", "kept", "--yes"], capsys)
    assert rows(mariadb, f"SELECT id, {column} FROM `Us ers` ORDER BY id") == before


def test_what_is_newer_is_told_before_it_is_lost(
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {row[1]: row[2] for row in rows(mariadb, BEFORE)}
    switched(file, capsys)
    said(["snapshot", file, "--to", "kept"], capsys)
    said(["contract", file, "--yes"], capsys)
    run(
        mariadb,
        "UPDATE `Us ers` SET email_address = UPPER(email_address) WHERE id IN ('k5', 'k6')",
        "INSERT INTO `Us ers` (team, id, email_address) VALUES (2, 'new', 'added')",
        "DELETE FROM `Us ers` WHERE id = 'k8'",
    )
    text = said(["restore", "kept"], capsys, code=Exit.REFUSED)
    for told in ("2 rows written since", "1 row added since", "    2, new", "1 row deleted since"):
        assert told in text
    assert rows(mariadb, OURS) == [(0,)], "a restore that is not agreed to leaves nothing"
    with pytest.raises(pymysql.MySQLError):
        rows(mariadb, BEFORE)
    said(["restore", "kept", "--yes"], capsys)
    found = {row[1]: row[2] for row in rows(mariadb, BEFORE)}
    assert (found["k5"], found["new"], "k8" in found) == (before["k5"], None, False)


def test_a_snapshot_is_never_written_over_and_a_damaged_one_not_put_back(
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    switched(file, capsys)
    made = json.loads(said(["snapshot", file, "--to", "kept", "--json"], capsys))
    (column,) = made["columns"]
    assert (column["column"], column["rows"], column["file"]) == ("E-mail", 3000, "0.sql.gz")
    assert "is there already" in said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    manifest = Path("kept/snapshot.json").read_text()
    Path("kept/snapshot.json").write_text(manifest.replace('"mariadb"', '"postgres"'))
    assert "is of a postgres" in said(["restore", "kept", "--yes"], capsys, code=Exit.INPUT)
    Path("kept/snapshot.json").write_text(manifest)
    run(mariadb, "DROP TABLE `Us ers`", TABLES[2].replace("VARCHAR(20)", "VARCHAR(30)"))
    assert "no column id of the type" in said(["restore", "kept", "--yes"], capsys, code=Exit.INPUT)
    Path("kept/0.sql.gz").write_bytes(b"PK")
    assert "is damaged" in said(["restore", "kept", "--yes"], capsys, code=Exit.INPUT)


def test_programs_that_are_missing_or_refuse_are_told_and_leave_nothing(
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switched(file, capsys)
    there = dumped(mariadb)
    Path("bin").mkdir()
    monkeypatch.setenv("PATH", "bin")
    assert "mariadb-dump is not here" in said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    program = Path("bin/mysqldump")
    program.write_text("#!/bin/sh\necho mysqldump Ver 8.4.0 for Linux\n")
    program.chmod(0o755)
    assert "mariadb-dump is not here" in said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo 10.11-MariaDB && exit\n'
        'echo "mysqldump: Got error: 1045: denied" >&2\nexit 2\n'
    )
    text = said(["snapshot", file, "--to", "kept"], capsys, code=Exit.INPUT)
    assert "mysqldump failed" in text and "Got error: 1045: denied" in text
    assert not Path("kept").exists() and not [*Path().glob(".kept*")]
    assert dumped(mariadb) == there


def test_what_takes_data_back_is_drafted_for_postgresql_alone(
    file: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("0008.sql").write_text("UPDATE teams SET id = id + 1 WHERE id < 5;\n")
    assert "works on PostgreSQL alone" in said(["compensate", "0008.sql"], capsys, code=Exit.INPUT)


def test_a_server_that_numbers_in_steps_gets_every_row_back(
    file: str,
    mariadb: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = rows(mariadb, BEFORE)
    switched(file, capsys)
    said(["snapshot", file, "--to", "kept"], capsys)
    said(["contract", file, "--yes"], capsys)
    run(mariadb, "SET GLOBAL auto_increment_increment = 3")
    try:
        assert "2,999 rows were written" in said(["restore", "kept", "--yes"], capsys)
    finally:
        run(mariadb, "SET GLOBAL auto_increment_increment = 1")
    assert rows(mariadb, BEFORE) == before


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [("FLOAT", "16777216", "is a FLOAT"), ("LONGBLOB", "REPEAT('x', 9000000)", "bytes in the dump")],
)
def test_what_could_not_be_put_back_as_it_was_is_not_taken(
    mariadb: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", mariadb)
    run(mariadb, f"CREATE TABLE parts (id INT PRIMARY KEY, v {kind})", f"INSERT INTO parts VALUES (1, {value})")
    change = "change: no_v\nsteps:\n  - drop_column: {table: parts, column: v}\nhold: 0s\nfreeze: 0s\n"
    Path("0008.yaml").write_text(change)
    switched("0008.yaml", capsys)
    assert told in said(["snapshot", "0008.yaml", "--to", "kept"], capsys, code=Exit.INPUT)
    assert not Path("kept").exists()
