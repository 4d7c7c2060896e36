"""What else a table is part of is named in the plan of every operation."""

from pathlib import Path

import pytest

from platforms.schema.test_changes import runner
from postgres import database, postgres_server, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres.surroundings import around
from shipway.cli import main
from shipway.errors import Exit

TABLES = (
    'CREATE TABLE "Us ers" (id bigserial PRIMARY KEY, email text, note text)',
    'CREATE TABLE orders (id bigserial PRIMARY KEY, buyer bigint REFERENCES "Us ers")',
    'CREATE VIEW letters AS SELECT id, email FROM "Us ers"',
    'CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM "Us ers"',
    'CREATE POLICY mine ON "Us ers" USING (email = current_user)',
    "CREATE FUNCTION asked() RETURNS bigint LANGUAGE sql AS 'SELECT count(email) FROM \"Us ers\"'",
    "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    'CREATE TRIGGER noting BEFORE UPDATE OF note ON "Us ers" FOR EACH ROW EXECUTE FUNCTION kept()',
)
ALL = {
    "function asked() by its text",
    "foreign key orders_buyer_fkey of orders",
    "materialized view counted",
    'policy mine on table "Us ers"',
    'trigger noting on table "Us ers"',
    "view letters",
}
WHOLE = {"function asked() by its text", "materialized view counted"}


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("drop_column: {table: Us ers, column: note}", WHOLE | {'trigger noting on table "Us ers"'}),
        (
            "set_default: {table: Us ers, column: email, default: \"'x'\"}",
            WHOLE | {'policy mine on table "Us ers"', "view letters"},
        ),
        (
            "change_type: {table: Us ers, column: id, to: numeric}",
            WHOLE | {"foreign key orders_buyer_fkey of orders", "view letters"},
        ),
        ("add_check: {table: Us ers, check: id > 0}", ALL),
    ],
)
def test_it_names_what_is_about_these_columns_or_the_whole_table(
    step: str,
    found: set[str],
    database: str,  # noqa: F811
) -> None:
    run(database, *TABLES)
    with runner(database, step) as one:
        (table,) = one.tables()
        assert {part.what for part in around(one.session, one.change.steps[0], table)} == found


def test_the_plan_of_a_table_that_is_not_there_yet_has_no_rows(
    database: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(database, *TABLES)
    file = tmp_path / "c.yaml"
    step = 'add_table: {table: bills, columns: "id bigint PRIMARY KEY"}'
    file.write_text(f"change: bills\nsteps:\n  - {step}\n  - set_not_null: {{table: Us ers, column: note}}\n")
    assert main(["schema", "plan", str(file), "--database", database]) == Exit.DONE
    assert "public.bills: about 0 rows, 0 B" in capsys.readouterr().out


def test_a_table_that_nobody_analysed_is_not_said_to_be_empty(
    database: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(database, "CREATE TABLE fresh (note text)", "ALTER TABLE fresh SET (autovacuum_enabled = false)")
    run(database, "INSERT INTO fresh SELECT repeat('x', 60) FROM generate_series(1, 1000)")
    file = tmp_path / "c.yaml"
    file.write_text("change: fresh\nsteps:\n  - set_not_null: {table: fresh, column: note}\n")
    assert main(["schema", "plan", str(file), "--database", database]) == Exit.DONE
    said = capsys.readouterr().out.splitlines()[0]
    assert 500 < int(said.split("about ")[1].split(" ")[0].replace(",", "")) < 2000, said
