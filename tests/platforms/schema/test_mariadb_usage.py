"""Who still uses an old column is shown from what a MariaDB counts, and holds its contract."""

import json
from pathlib import Path

import pymysql
import pytest

from mariadb import run, running
from shipway.cli import main
from shipway.errors import Exit

FILE = """change: email-address
steps:
  - rename_column: {table: users, from: email, to: email_address}
hold: 0s
freeze: 0s
"""


@pytest.mark.timeout(300)
def test_statements_views_and_sessions_are_shown_and_hold_a_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "0007.yaml"
    file.write_text(FILE)
    with running("--performance-schema=ON") as server:
        run(server.uri(""), "CREATE DATABASE shop CHARACTER SET utf8mb4")
        uri = server.uri("shop")
        monkeypatch.setenv("DATABASE_URL", uri)
        run(uri, "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(80), age INT)")
        for word in ("expand", "backfill", "switch"):
            assert main(["schema", word, str(file)]) == Exit.DONE
        run(
            uri,
            "SELECT email FROM users WHERE id = 3",
            "SELECT u.*, age * 2 FROM users u",
            "SELECT age * 3 FROM users",
            "SELECT email_address FROM users",
            "CREATE VIEW mails AS SELECT email FROM users",
        )
        client = pymysql.connect(
            unix_socket=str(server.socket), user="root", database="shop", program_name="nightly"
        )
        capsys.readouterr()
        assert main(["schema", "usage", str(file), "--json"]) == Exit.REFUSED
        found = json.loads(capsys.readouterr().out)
        client.close()
        assert main(["schema", "contract", str(file), "--yes"]) == Exit.REFUSED
        run(uri, "DROP VIEW mails", "TRUNCATE performance_schema.events_statements_summary_by_digest")
        assert main(["schema", "usage", str(file)]) == Exit.DONE
        assert "no statement that names it was counted" in capsys.readouterr().out
        assert main(["schema", "contract", str(file), "--yes"]) == Exit.DONE
    (column,) = found["columns"]
    assert column["statements"] == ["1 times: SELECT `email` FROM `users` WHERE ID = ?"]
    assert (column["reads_of_all_columns"], column["objects"]) == (1, ["view mails"])
    assert found["sessions"] == [{"application": "nightly", "role": "root", "count": 1, "oldest_seconds": None}]
