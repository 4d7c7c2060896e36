"""Which files are read, and how: plain SQL, Flyway, Alembic, Django, other Python."""

from pathlib import Path

import pytest

from shipway.cli.shell.linting import Asked, look
from shipway.schema.lint.check import check
from shipway.schema.lint.files import NoMigration, read
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import Server

ALEMBIC = """
from alembic import op
import sqlalchemy as sa

def upgrade():
    op.add_column("users", sa.Column("email_address", sa.Text()))
    op.create_index("by_email", "users", ["email_address"])
    with op.get_context().autocommit_block():
        op.create_index("by_name", "users", ["name"], postgresql_concurrently=True)
    op.execute("DROP TABLE old")
"""
NEEDS_A_DATABASE = """
from alembic import op

def upgrade():
    for (name,) in op.get_bind().execute("select 1"):
        op.execute(f"DROP TABLE {name}")
"""
DJANGO = '''
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.AddField("user", "email", models.TextField()),
        migrations.RunSQL("""
            CREATE INDEX by_email ON users (email);
        """, "DROP INDEX by_email"),
        migrations.RunPython(fill),
    ]
'''


def found(path: Path, *, stdin: str | None = None) -> list[Finding]:
    migrations = read([path], stdin=stdin, is_wrapped=False)
    return [
        one
        for migration in migrations
        for one in (
            *migration.blind,
            *(x for source in migration.sources for x in check(source, Server(), is_wrapped=migration.is_wrapped)),
        )
    ]


def at(findings: list[Finding], name: str) -> list[int]:
    return [one.line for one in findings if one.hazard.name == name]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_flyway_runs_a_file_in_a_transaction(tmp_path: Path) -> None:
    sql = "ALTER TABLE t ADD a int;\nUPDATE t SET a = 1 WHERE id < 9;"
    assert at(found(written(tmp_path, "V7__email.sql", sql)), "backfill-in-transaction") == [2]
    assert at(found(written(tmp_path, "0007_email.sql", sql)), "backfill-in-transaction") == []


def test_flyway_runs_what_is_concurrent_outside_of_one(tmp_path: Path) -> None:
    path = written(tmp_path, "V8__index.sql", "CREATE INDEX CONCURRENTLY i ON t (a);")
    assert at(found(path), "concurrently-in-transaction") == []


def test_alembic_is_run_offline_and_told_by_its_own_lines(tmp_path: Path) -> None:
    read_ = found(written(tmp_path, "0001_email.py", ALEMBIC))
    assert at(read_, "create-index") == [7]
    assert at(read_, "drop-table") == [10]
    assert not at(read_, "concurrently-in-transaction"), "it stands in an autocommit block"


ALTERING = """
from alembic import op
import sqlalchemy as sa


def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True))
    op.alter_column("users", "name", type_=sa.Integer(), existing_type=sa.String(9), existing_nullable=True)
"""
OF_MARIADB = "[alembic]\nscript_location = here\nsqlalchemy.url = mariadb+pymysql://app:%%40@db/shop\n"


@pytest.mark.parametrize(
    ("settings", "comment", "said", "is_mysql"),
    [
        ("", "", None, False),
        (OF_MARIADB, "", None, True),
        ("", "# shipway: dialect mariadb", None, True),
        (OF_MARIADB, "# shipway: dialect postgres", None, False),
        ("", "", "mariadb", True),
        (OF_MARIADB, "", "postgres", False),
        ("[alembic", "", None, False),
    ],
)
def test_alembic_is_run_in_the_dialect_of_its_project(
    settings: str, comment: str, said: str | None, is_mysql: bool, tmp_path: Path
) -> None:
    """MariaDB copies a table for another type."""
    file = tmp_path / "versions" / "7.py"
    file.parent.mkdir()
    file.write_text(comment + ALTERING)
    if settings:
        (tmp_path / "alembic.ini").write_text(settings)
    found = look([file], Asked(dialect=said)).findings
    assert any("ALGORITHM=COPY" in one.found.what for one in found) == is_mysql
    assert 8 in {one.line for one in found}


def test_an_alembic_migration_that_asks_the_database_is_not_passed(tmp_path: Path) -> None:
    (one,) = found(written(tmp_path, "0002_all.py", NEEDS_A_DATABASE))
    assert (one.hazard.name, one.line) == ("dynamic-sql", 5)
    assert "alembic upgrade" in one.found.fix[0]


def test_sql_in_django_is_read_and_its_operations_are_not_passed(tmp_path: Path) -> None:
    (tmp_path / "shop" / "migrations").mkdir(parents=True)
    read_ = found(written(tmp_path / "shop" / "migrations", "0002_email.py", DJANGO))
    assert at(read_, "create-index") == [8]
    blind = [one for one in read_ if one.hazard.name == "dynamic-sql"]
    assert [one.line for one in blind] == [6, 10]
    assert blind[0].found.fix == ("python manage.py sqlmigrate shop 0002_email | shipway schema lint -",)


def test_sql_in_other_python_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "run.py", 'db.execute("DROP TABLE t")\n\ndb.execute("DROP TABLE " + name)\n')
    assert at(found(path), "drop-table") == [1]
    assert at(found(path), "dynamic-sql") == [3]


def test_standard_input_is_read() -> None:
    (one, *_) = found(Path("-"), stdin="DROP TABLE t;")
    assert one.file == "<stdin>"


def test_a_folder_is_searched_for_migrations(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    written(tmp_path / "a", "1.sql", "drop table t;")
    written(tmp_path, "settings.py", "db.execute(x)")
    assert {Path(one.file).name for one in found(tmp_path)} == {"1.sql"}


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_what_is_no_text_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.sql"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NoMigration) as error:
        found(path)
    assert error.value.where == str(path)


def test_a_file_with_a_mark_at_its_beginning_is_read(tmp_path: Path) -> None:
    assert at(found(written(tmp_path, "x.sql", "\ufeffdrop table t;")), "drop-table") == [1]
