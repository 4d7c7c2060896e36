"""`shipway schema plan`."""

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def plan(file: File, *, database: Database = None, json: Json = False) -> int:
    """Print every statement of a change, by phase, with its lock and an estimate of its time. Nothing is changed.

    The table is looked at, since its type, indexes and constraints decide what is done, and up to 100,000 rows
    are read to see how quick the database is. Views, functions, policies, triggers and foreign keys that name
    the columns, or the table as a whole, are listed.

    Examples:
        shipway schema plan migrations/0007_email_address.yaml
        shipway schema plan migrations/0007_email_address.yaml --json

    Then:
        `shipway schema expand` begins.
    """
    from shipway.adapters.databases.pacing import pace
    from shipway.adapters.databases.surroundings import Around
    from shipway.cli.render import as_json
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import running

    with running(file, database, purpose="plan", quiet=True) as runner:
        tables, dialect = runner.tables(), runner.session.dialect
        built = runner.build(tables)
        using = runner.dependents(built)
        known = {table.sql: pace(runner.session, table) for table in tables}
        paces = [one for table in tables if (one := known[table.sql]) is not None]
        steps = zip(runner.change.steps, tables, strict=True)
        around: dict[str, list[Around]] = {}
        for step, table in steps:
            seen = around.setdefault(table.sql, [])
            seen += [one for one in dialect.around(runner.session, step, table) if one not in seen]
    screen = out()
    if json:
        told = {"uses_old": list(using), "around": render.around_as_data(around)}
        screen.say(as_json.text({**render.plan_as_data(built, paces, dialect), **told}))
    else:
        screen.all(render.plan(built, screen.paint, paces, dialect))
        screen.all([*render.around(around), *render.using(using, screen.paint)])
    return Exit.DONE
