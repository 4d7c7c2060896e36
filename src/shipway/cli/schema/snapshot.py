"""`shipway schema snapshot`."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit

To = Annotated[Path | None, Parameter(name="--to", help="The folder that is made.", metavar="PATH")]


def snapshot(file: File, *, database: Database = None, to: To = None, json: Json = False) -> int:
    """Keep what the contract of a change destroys: the tables of which it drops something.

    By pg_dump or mariadb-dump. How much it is, and how long it takes, is said first, from a sample. No reader
    and no writer waits for it. It needs room on this machine alone; a folder that is there is never written over.
    pg_dump is that of PATH, or stands beside the server's programs; it may not be older than the server.

    Examples:
        shipway schema snapshot migrations/0007_email_address.yaml
        shipway schema snapshot migrations/0007_email_address.yaml --to /backup/email

    Then:
        `shipway schema contract`. `shipway schema restore` puts back what it drops.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import kept as render
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.keeping import keeping

    screen = out()
    with running(file, database, purpose="snapshot", quiet=True) as runner:
        session = runner.session
        kept_by, tables = keeping(session), runner.tables()
        old = [one for part in runner.build(tables) for one in part.old]
        kept = kept_by.as_it_is(session, kept_by.destroyed(old, tables))
        if not kept:
            screen.say(as_json.text({"snapshot": None}) if json else "Its contract destroys nothing.")
            return Exit.DONE
        told = (lambda what: None) if json else (lambda what: screen.say(f"{screen.paint.faint('…')} {what}"))
        if not json:
            screen.all(render.size(kept_by.size(session, kept), screen.paint))
        folder = to or Path(render.folder(runner.change.name, time.time()))
        made = kept_by.take(session, runner.change.name, kept, folder, told)
    if json:
        screen.say(as_json.text(render.as_data(made, folder)))
    else:
        screen.all(render.made(made, folder, screen.paint))
    return Exit.DONE
