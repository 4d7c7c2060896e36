"""`shipway schema revert`."""

from shipway.cli.shell.arguments import Yes
from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def revert(file: File, *, database: Database = None, yes: Yes = False) -> int:
    """Take a change back: the schema is as it was before `expand`, and no row is lost.

    The old shape was kept true all the time, also by writes of new code. Code that uses the new shape
    fails from then on, so take that back first. After `contract` there is no way back.

    Examples:
        shipway schema revert migrations/0007_email_address.yaml

    Then:
        `shipway schema expand` begins anew.
    """
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.prompts import agreed

    with running(file, database, purpose="revert") as runner:
        if runner.record() is not None:
            agreed(f"Take {runner.change.name} back? Code that uses the new shape will fail.", yes=yes)
        runner.revert()
    out().say(f"{out().paint.good('✓')} absent")
    return Exit.DONE
