"""`shipway schema status`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

Counted = Annotated[bool, Parameter(name="--exact", negative="", help="Count rows instead of estimating them.")]


def status(*, database: Database = None, exact: Counted = False, json: Json = False) -> int:
    """Show every change of a database: its phase, since when, how many rows are migrated, and what comes next.

    Numbers of rows are estimates, and cost nothing. `--exact` counts every row, which takes as long as
    reading the tables, and stops nobody; it needs the files of the changes where they were.

    Examples:
        shipway schema status
        shipway schema status --exact
        shipway schema status --database postgresql://db.example/shop --json

    Then:
        The last column is the next command.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import standing_changes as render
    from shipway.cli.shell.changing import opened
    from shipway.cli.shell.looking_at_changes import looked

    with opened(database, purpose="status") as session:
        found = looked(session, is_exact=exact)
    screen = out()
    if json:
        screen.say(as_json.text({"changes": [render.as_data(one) for one in found]}))
    else:
        screen.all(render.status(found, screen.paint))
    return Exit.DONE
