"""`shipway schema plan`."""

from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def plan(file: File, *, database: Database = None) -> int:
    """Print every statement of a change, by phase. Nothing is changed.

    The table is looked at, since its type, indexes and constraints decide what is done.

    Examples:
        shipway schema plan migrations/0007_email_address.yaml

    Then:
        `shipway schema expand` begins.
    """
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import running

    with running(file, database, purpose="plan", quiet=True) as runner:
        built = runner.build(runner.tables())
    out().all(render.plan(built, out().paint))
    return Exit.DONE
