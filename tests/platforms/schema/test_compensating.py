"""A migration of data is taken back by what was drafted for it, and what was written since stays."""

import json
from pathlib import Path

import pytest

from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.cli import main
from shipway.errors import Exit

TABLES = (
    "CREATE TABLE prices (shop int, id bigint GENERATED ALWAYS AS IDENTITY, cents int, note text,"
    " PRIMARY KEY (shop, id))",
    "INSERT INTO prices (shop, cents, note) SELECT n % 3, n, 'p' || n FROM generate_series(1, 30) n",
)
MIGRATION = """UPDATE prices SET cents = cents * 100, note = upper(note) WHERE shop = 1;
DELETE FROM prices WHERE shop = 2 AND cents > 20;
INSERT INTO prices (shop, cents) VALUES (7, 1), (7, 2);
"""
ALL = "SELECT shop, id, cents, note FROM prices ORDER BY id"


@pytest.fixture
def drafts(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    run(database, *TABLES)
    Path("0008_prices.sql").write_text(MIGRATION)
    return Path("0008_prices.sql")


def test_it_comes_back_but_for_what_was_written_since(
    drafts: Path,
    database: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {row[1]: row for row in rows(database, ALL)}
    assert main(["schema", "compensate", str(drafts), "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)["drafts"]
    run(database, *(text for one in found for text in one["keep"]))
    run(database, *(one["instead"] or one["statement"] for one in found))
    assert {row[1]: row for row in rows(database, ALL)} != before
    run(database, "UPDATE prices SET cents = 5 WHERE id = 4", "UPDATE prices SET note = 'since' WHERE id = 3")
    run(database, *(text for one in reversed(found) for text in one["back"]))
    after = {row[1]: row for row in rows(database, ALL)}
    assert after.pop(4) == (1, 4, 5, "P4"), "somebody has written it since"
    assert after.pop(3) == (0, 3, 3, "since")
    assert after == {key: row for key, row in before.items() if key not in (3, 4)}


def test_people_read_it_as_sql(drafts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "compensate", str(drafts)]) == Exit.DONE
    said = capsys.readouterr().out
    assert said.startswith(
        "-- Before 0008_prices.sql, in the same transaction:\nCREATE TABLE kept_0008_prices_1 AS"
    )
    assert "-- To take it back:\nDELETE FROM prices t USING kept_0008_prices_3 k" in said
