"""`shipway schema usage`."""

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Code, Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def usage(file: File, *, database: Database = None, code: Code = None, json: Json = False) -> int:
    """Show who still reads or writes the old shape of a change, as far as it can be known.

    Statements that were counted by pg_stat_statements, views, functions, policies and triggers, sessions by
    application and role, and lines of code. Nothing is changed.

    Examples:
        shipway schema usage migrations/0007_email_address.yaml
        shipway schema usage migrations/0007_email_address.yaml --code . --json

    Then:
        Exit code 3 says that somebody was found. `contract` refuses on the same evidence.
    """
    from shipway.cli.render import as_json, using
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.searching import searched

    with running(file, database, purpose="usage", quiet=True) as runner:
        one = runner.proving()
        found = one.usage()
        said = searched(code, one.old, without=file.parent) if code is not None else None
    screen = out()
    if json:
        screen.say(as_json.text(using.as_data(found, said)))
    else:
        screen.all(using.usage(found, said, screen.paint))
    is_used = found.is_used or bool(said and any(line.is_statement for line in said.found))
    return Exit.REFUSED if is_used else Exit.DONE
