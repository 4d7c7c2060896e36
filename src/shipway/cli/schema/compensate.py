"""`shipway schema compensate`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

Migration = Annotated[Path, Parameter(help="A migration in SQL.", metavar="FILE")]


def compensate(file: Migration, *, database: Database = None, json: Json = False) -> int:
    """Draft what takes the data changes of a migration back: what to keep before it, and what to run after.

    For UPDATE, DELETE and INSERT of plain SQL on PostgreSQL. Rows that were written since are left alone where
    that can be told. The keys of tables are asked of a database, if one is named; else they are taken to be
    `id`. Nothing is run.

    Examples:
        shipway schema compensate migrations/0008_prices.sql
        shipway schema compensate migrations/0008_prices.sql --json

    Then:
        Read it, change it, and keep it beside the migration. Drop the kept tables when all is well.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import compensating as render
    from shipway.cli.shell.drafting import drafted

    found = drafted(file, database)
    screen = out()
    if json:
        screen.say(as_json.text({"drafts": [render.as_data(one) for one in found]}))
    else:
        screen.all(render.lines(found, file.name))
    return Exit.DONE
