"""`shipway schema diff`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

With = Annotated[str | None, Parameter(name="--with", help="Another database's address.", metavar="URL")]
Fresh = Annotated[
    str | None,
    Parameter(name="--fresh", help="A command that builds a schema in DATABASE_URL.", metavar="COMMAND"),
]


def diff(*, database: Database = None, other: With = None, fresh: Fresh = None, json: Json = False) -> int:
    """Compare the schema of a database with another one's, or with a fresh one that migrations build.

    `--fresh` makes an empty database on the same server, runs the command with its address in DATABASE_URL,
    compares, and drops it. Data, rights, comments and what Shipway keeps for itself are left out.

    Examples:
        shipway schema diff --with postgresql://staging.example/shop
        shipway schema diff --fresh "alembic upgrade head"

    Then:
        Exit code 3 says that there is a difference.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import schema_difference as render
    from shipway.cli.shell.comparing_schemas import compared

    name, found = compared(database, other, fresh)
    screen = out()
    if json:
        screen.say(as_json.text(render.as_data(found)))
    else:
        screen.all(render.lines(found, name, screen.paint))
    return Exit.REFUSED if found else Exit.DONE
