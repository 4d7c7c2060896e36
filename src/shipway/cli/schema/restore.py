"""`shipway schema restore`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Yes
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

Folder = Annotated[Path, Parameter(help="The folder of a snapshot.", metavar="SNAPSHOT")]


def restore(snapshot: Folder, *, database: Database = None, yes: Yes = False) -> int:
    """Put the columns of a snapshot back, with their values as they were.

    Every row is compared first. Rows that were written or added since the snapshot are listed: what they say
    now is not in it, so the column will not have it. Then it asks. Values are written in short batches, and
    nothing but the column changes.

    Examples:
        shipway schema restore email_address-20260509T120322
        shipway schema restore /backup/email --yes

    Then:
        The column is there, without its indexes and constraints; add those by changes of their own.
    """
    from shipway.cli.render import kept as render
    from shipway.cli.shell.changing import opened
    from shipway.cli.shell.postgres import postgres
    from shipway.cli.shell.prompts import agreed

    screen = out()
    with opened(database, purpose="restore") as found:
        session = postgres(found)
        from shipway.adapters.databases.postgres import restoring
        from shipway.adapters.databases.postgres import snapshot as keeping

        made = keeping.read(snapshot)
        screen.all(render.about(made, screen.paint))
        for one in made.kept:
            with restoring.loaded(session, one, snapshot):
                newer = restoring.newer(session, one)
                screen.all(render.newer(newer, screen.paint))
                lost = " What is newer is lost in it." if newer.is_loss else ""
                agreed(f"Put {one.table}.{one.column} back?{lost}", yes=yes)
                written = restoring.put_back(session, one, lambda done, total: None)
            screen.say(f"{screen.paint.good('✓')} {one.table}.{one.column} is back; {written:,} rows were written")
    return Exit.DONE
