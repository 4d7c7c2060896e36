"""What `schema plan` tells of a change of MariaDB: the catalog's sizes, and what writes a table anew."""

import json
from pathlib import Path

import pytest

from mariadb import mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.test_mariadb_changes import CASES as EXCHANGES
from platforms.schema.test_mariadb_changes import runner
from platforms.schema.test_mariadb_operations import CASES, SETUP
from shipway.adapters.databases.pacing import pace
from shipway.cli import main
from shipway.errors import Exit
from shipway.schema.costs import Cost
from shipway.schema.lock import Duration
from shipway.schema.operations.built import Batch

NUMBER = """SELECT TABLE_ID FROM information_schema.INNODB_SYS_TABLES
    WHERE NAME = CONCAT(DATABASE(), '/users')"""
"""A table that was written anew has another one."""
SETUPS = {
    **{name: (*SETUP, case.before) for name, case in CASES.items()},
    **{name: (f"CREATE TABLE users ({case.table})", case.fill.format(90)) for name, case in EXCHANGES.items()},
}
STEPS = {name: case.step for name, case in {**CASES, **EXCHANGES}.items()}


@pytest.mark.parametrize("name", SETUPS)
def test_a_table_is_written_anew_by_those_statements_of_which_it_is_told(name: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUPS[name])
    with runner(mariadb, STEPS[name]) as one:
        (table,) = one.tables()
        (built,) = one.build((table,))
        found = pace(one.session, table)
        assert found is not None and found.scan_seconds > 0 and found.size_bytes >= 16384

        def told(batch: Batch) -> Cost:
            return one.session.dialect.cost(batch, found)

        for batch in (*built.expand, *built.dual_write):
            _compared(mariadb, batch, told(batch))
        if built.backfill is not None:
            run(mariadb, built.backfill.statement("TRUE"))
        for batch in (*built.finish, *built.contract):
            _compared(mariadb, batch, told(batch))


def _compared(uri: str, batch: Batch, told: Cost) -> None:
    before = rows(uri, NUMBER)
    run(uri, *batch.statements)
    is_anew = rows(uri, NUMBER) != before
    assert is_anew == (told.duration == Duration.REWRITE), (batch.statements, told)
    assert told.lock is not None


def test_the_plan_has_the_catalogs_rows_and_what_else_is_about_the_columns(
    mariadb: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(
        mariadb,
        *SETUP,
        "CREATE TABLE bills (id BIGINT PRIMARY KEY, buyer BIGINT, CONSTRAINT bought FOREIGN KEY (buyer)"
        " REFERENCES users (id)) ENGINE=InnoDB",
        "CREATE VIEW old_ones AS SELECT id FROM users WHERE age > 60",
        "ANALYZE TABLE users",
    )
    file = tmp_path / "c.yaml"
    file.write_text("change: c\nsteps:\n  - rename_column: {table: users, from: age, to: years}\n")
    assert main(["schema", "plan", str(file), "--database", mariadb, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    (table,) = found["tables"]
    assert 4000 < table["rows"] < 6000 and table["bytes"] > 100_000
    held = {step["what"]: (step["lock"], step["held"]) for step in found["steps"] if "what" in step}
    assert held["require years"] == ("ALGORITHM=INPLACE, LOCK=NONE", "a rewrite")
    assert held["build the index old_age_shipway"] == ("ALGORITHM=NOCOPY, LOCK=NONE", "a scan")
    assert held["add users.years"] == ("ALGORITHM=INSTANT, LOCK=NONE", "an instant")
    assert [one["what"] for one in found["around"]] == ["view old_ones by its text"]
    assert found["uses_old"] == ["view old_ones"]
