"""`shipway schema diff` on a real MariaDB: every kind of object that differs is told, and nothing else."""

import json
import sys
from pathlib import Path

import pytest

from mariadb import mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.commands import said
from shipway.errors import Exit

BUILD = """
import os, sys, urllib.parse, pymysql
where = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
socket = urllib.parse.parse_qs(where.query)["unix_socket"][0]
one = pymysql.connect(unix_socket=socket, user="root", database=where.path[1:], autocommit=True)
for statement in open(sys.argv[1]).read().split("\\n\\n"):
    one.cursor().execute(statement)
"""
MADE = (
    "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(80) NOT NULL, note TEXT,"
    " small VARCHAR(80) AS (LOWER(email)) STORED, CHECK (email <> ''))",
    "CREATE TABLE `or``ders` (id BIGINT PRIMARY KEY, user BIGINT, CONSTRAINT of_user FOREIGN KEY (user)"
    " REFERENCES users (id) ON DELETE CASCADE, INDEX by_user (user, id DESC))",
    "CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY RANGE (id)"
    " (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    "CREATE VIEW mails AS SELECT email FROM users",
    "CREATE SEQUENCE numbers START WITH 5 INCREMENT BY 3",
    "CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2",
    "CREATE PROCEDURE tidy(IN n INT, OUT m INT) SET m = n",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM parts",
    "CREATE TRIGGER noted BEFORE INSERT ON users FOR EACH ROW SET NEW.note = 'x'",
)
OTHER = (
    ("ALTER TABLE users MODIFY note VARCHAR(90) DEFAULT 'a'", "~ column users.note"),
    ("ALTER TABLE users MODIFY email VARCHAR(80) CHARACTER SET latin1 NOT NULL", "~ column users.email"),
    ("CREATE UNIQUE INDEX by_note ON users (note(20))", "+ index by_note on users"),
    ("ALTER TABLE `or``ders` DROP FOREIGN KEY of_user", "- constraint of_user on or`ders"),
    ("DROP INDEX by_user ON `or``ders`", "- index by_user on or`ders"),
    ("ALTER TABLE users ADD CONSTRAINT long_one CHECK (LENGTH(email) > 3)", "+ constraint long_one on users"),
    ("ALTER TABLE parts ADD COLUMN n INT", "+ column parts.n"),
    ("INSERT INTO users (email) VALUES ('rows are not compared')", ""),
    (
        "ALTER TABLE parts REORGANIZE PARTITION p0, p1 INTO"
        " (PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "~ partition parts.p0",
    ),
    ("CREATE TABLE more (id INT)", "+ table more"),
    ("DROP TRIGGER noted", "- trigger noted on users"),
    ("CREATE OR REPLACE VIEW mails AS SELECT note FROM users", "~ view mails"),
    ("ALTER SEQUENCE numbers INCREMENT BY 4", "~ sequence numbers"),
    ("CREATE OR REPLACE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n + n", "~ function twice"),
    ("CREATE OR REPLACE PROCEDURE tidy(IN n BIGINT, OUT m INT) SET m = n", "~ procedure tidy"),
    ("ALTER EVENT nightly DISABLE", "~ event nightly"),
    ("ALTER TABLE users ROW_FORMAT = COMPRESSED", "~ table users"),
)
CHANGE = "change: moved\nsteps:\n  - rename_column: {table: users, from: email, to: address}\n"


def test_a_database_is_compared_with_what_its_migrations_build(
    mariadb: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", mariadb)
    Path("build.py").write_text(BUILD)
    Path("made.sql").write_text("\n\n".join(MADE))
    Path("moved.yaml").write_text(CHANGE)
    fresh = ["diff", "--fresh", f"{sys.executable} build.py made.sql"]
    run(mariadb, *MADE)
    assert "✓ The same as a fresh one." in said(fresh, capsys)
    said(["expand", "moved.yaml"], capsys)
    text = said(fresh, capsys, code=Exit.REFUSED)
    assert "+ column users.address" in text and "shipway" not in text, "what Shipway keeps for itself is left out"
    said(["revert", "moved.yaml", "--yes"], capsys)
    run(mariadb, *(statement for statement, _ in OTHER))
    text = said(fresh, capsys, code=Exit.REFUSED)
    found = sorted(line for line in text.splitlines() if line[:2] in ("+ ", "- ", "~ "))
    assert found == sorted(told for _, told in OTHER if told), text
    assert rows(mariadb, "SHOW DATABASES LIKE 'shipway%'") == []
    assert "was not built" in said(["diff", "--fresh", "false"], capsys, code=Exit.INPUT)
    assert rows(mariadb, "SHOW DATABASES LIKE 'shipway%'") == []
    assert json.loads(said(["diff", "--with", mariadb, "--json"], capsys)) == {"differences": []}
    assert "not of one kind" in said(["diff", "--with", "sqlite:///x.db"], capsys, code=Exit.INPUT)
