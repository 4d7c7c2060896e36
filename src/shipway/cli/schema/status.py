"""`shipway schema status`."""

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def status(*, database: Database = None, json: Json = False) -> int:
    """Show every change of a database: its phase, since when, and what comes next.

    Examples:
        shipway schema status
        shipway schema status --database postgresql://db.example/shop --json

    Then:
        The last column is the next command.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import opened

    with opened(database, purpose="status") as session:
        from shipway.adapters.databases import journal

        names = journal.names(session)
        records = [one for name in names if (one := journal.record(session, name)) is not None]
        walks = {name: journal.walks(session, name) for name in names}
    screen = out()
    if json:
        screen.say(as_json.text({"changes": [render.as_data(one, walks[one.name]) for one in records]}))
    else:
        screen.all(render.status(records, walks, screen.paint))
    return Exit.DONE
