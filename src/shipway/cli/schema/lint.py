"""`shipway schema lint`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.terminal import out
from shipway.schema.lint.tables import VERSION

Files = Annotated[
    tuple[Path, ...],
    Parameter(help="Migrations, folders of them, or - for standard input.", metavar="FILES"),
]
Database = Annotated[
    str | None,
    Parameter(
        name="--database",
        help="Ask this database for its version, and for sizes and types of tables. Nothing is changed.",
        metavar="URL",
    ),
]
Postgres = Annotated[
    int | None,
    Parameter(
        name="--postgres", help=f"The server's major version; {VERSION} unless a database is asked.", metavar="N"
    ),
]
Dialect = Annotated[
    Literal["postgres", "mariadb", "mysql"] | None,
    Parameter(name="--dialect", help="Whose SQL it is, where the address or the text does not say."),
]
Release = Annotated[
    str | None,
    Parameter(name="--server", help="The version of a MariaDB or MySQL, such as 10.11.", metavar="VERSION"),
]
Form = Annotated[
    Literal["text", "github", "sarif"],
    Parameter(name="--format", help="How findings are written.", show_default=True),
]
Without = Annotated[
    tuple[str, ...],
    Parameter(name="--without", help="Leave out a hazard; may stand several times.", metavar="NAME", negative=()),
]
InTransaction = Annotated[
    bool, Parameter(name="--in-transaction", negative=(), help="Your tool runs each file in one transaction.")
]


@dataclass(frozen=True, kw_only=True)
class About:
    """What the linter should know of where the migrations run."""

    database: Database = None
    postgres: Postgres = None
    dialect: Dialect = None
    server: Release = None
    in_transaction: InTransaction = False
    without: Without = ()


def lint(files: Files, *, about: About = About(), format: Form = "text", json: Json = False) -> int:
    """Find what in a migration would stop or break the application while it runs.

    PostgreSQL's own grammar reads the files: plain SQL, Flyway's, SQL in Django's and other Python
    files; Alembic's are run offline. SQL of MariaDB and MySQL is known by `--dialect`, by the address,
    by that of `alembic.ini`, by `-- shipway: dialect mysql`, or by its words, such as ENGINE. For each
    hazard it prints what is stopped, how long, and SQL that does the same without it. What it cannot
    analyse is a hazard too.

    Examples:
        shipway schema lint migrations
        shipway schema lint V7__email.sql --database postgresql://db.example/shop
        shipway schema lint migrations --dialect mariadb --server 10.11
        shipway schema lint migrations --format github
        alembic upgrade head --sql | shipway schema lint -

    Then:
        Exit code 3 says that there are hazards; advice alone is 0. Where you know better, write
        `-- shipway: ignore NAME because …` above the statement.
    """
    from shipway.cli.render import lint as render
    from shipway.cli.shell.linting import Asked, exit_code, look

    asked = Asked(
        database=about.database,
        version=about.postgres,
        dialect=about.dialect,
        release=about.server,
        without=about.without,
        is_in_transaction=about.in_transaction,
    )
    found = look(files, asked)
    out().all(render.lines_in("json" if json else format, found, out().paint))
    return exit_code(found)
