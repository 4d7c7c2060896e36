"""`shipway schema verify`."""

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def verify(file: File, *, database: Database = None, json: Json = False) -> int:
    """Count the rows of which the old and the new shape say different things.

    It reads every row once and stops nobody. A count of nulls would not do: a row that was written while
    a backfill read it is not null, and wrong.

    Examples:
        shipway schema verify migrations/0007_email_address.yaml

    Then:
        Exit code 3 says that there are wrong rows; `shipway schema backfill` repairs them.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import running

    with running(file, database, purpose="verify", quiet=True) as runner:
        found = runner.verify()
    screen = out()
    if json:
        checks = [{"what": one.what, "wrong": one.wrong, "sample": list(one.sample)} for one in found]
        screen.say(as_json.text({"checks": checks}))
    else:
        screen.all(render.verified(found, screen.paint))
    return Exit.REFUSED if any(one.wrong for one in found) else Exit.DONE
