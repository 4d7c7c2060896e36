"""`shipway schema restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from shipway.cli.shell.arguments import Yes
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

if TYPE_CHECKING:
    from shipway.adapters.databases.keeping import Kept
    from shipway.adapters.databases.postgres.programs import Program
    from shipway.adapters.databases.session import Session

Folder = Annotated[Path, Parameter(help="The folder of a snapshot.", metavar="SNAPSHOT")]


def restore(snapshot: Folder, *, database: Database = None, yes: Yes = False) -> int:
    """Put back what a snapshot has: columns with their values as they were, and tables that are gone.

    pg_restore or mariadb reads it. Every row is compared first. Rows that were written or added since the
    snapshot are listed: what they say now is not in it, so the column will not have it. Then it asks. Values are
    written in short batches, and nothing but the column changes. A table that is there is left as it is.

    Examples:
        shipway schema restore email_address-20260509T120322
        shipway schema restore /backup/email --yes

    Then:
        The column is there, without its indexes and constraints; add those by changes of their own.
    """
    from shipway.cli.render import kept as render
    from shipway.cli.shell import keeping as kept_by
    from shipway.cli.shell.changing import opened
    from shipway.cli.shell.prompts import agreed

    screen = out()
    with opened(database, purpose="restore") as session:
        from shipway.adapters.databases import keeping

        restoring, made = kept_by.restoring(session), keeping.read(snapshot)
        program = kept_by.program(session, made)
        screen.all(render.about(made, screen.paint))
        for one in made.kept:
            if not one.column:
                _whole(session, cast("Program", program), one, snapshot, yes=yes)
                continue
            with restoring.loaded(session, program, one, snapshot):
                newer = restoring.newer(session, one)
                screen.all(render.newer(newer, screen.paint))
                lost = " What is newer is lost in it." if newer.is_loss else ""
                agreed(f"Put {one.name} back?{lost}", yes=yes)
                written = restoring.put_back(session, one, lambda done, total: None)
            screen.say(f"{screen.paint.good('✓')} {one.name} is back; {written:,} rows were written")
    return Exit.DONE


def _whole(found: "Session", program: "Program", one: "Kept", folder: Path, *, yes: bool) -> None:
    """A table that went as a whole comes back as a whole; one that is there is left alone. PostgreSQL's alone."""
    from shipway.adapters.databases.postgres import restoring
    from shipway.cli.shell.postgres import postgres
    from shipway.cli.shell.prompts import agreed

    screen, session = out(), postgres(found)
    screen.say(screen.paint.strong(one.name))
    if restoring.is_there(session, one.table):
        screen.say(f"{screen.paint.warn('!')} it is there, and stays as it is")
        return
    agreed(f"Put {one.name} back, with {one.rows:,} rows?", yes=yes)
    restoring.whole(session, program, one, folder)
    screen.say(f"{screen.paint.good('✓')} {one.name} is back; {one.rows:,} rows were written")
