"""`shipway schema thaw`."""

from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def thaw(file: File, *, database: Database = None) -> int:
    """Give an old shape back that is frozen before its contract. It takes milliseconds and waits for nobody.

    `contract` does it by itself when somebody fails, when it is interrupted, and when its time is over. This
    is for a freeze whose command was killed, or that somebody else has begun. Nothing is dropped then.

    Examples:
        shipway schema thaw migrations/0007_email_address.yaml

    Then:
        `shipway schema contract` freezes it anew.
    """
    from shipway.cli.shell.changing import opened
    from shipway.schema.change_file import load

    change = load(file)
    with opened(database, purpose=f"thaw {change.name}") as session:
        was = session.dialect.proving(session, change.name, ()).thaw(broken="it was thawed by hand")
    screen = out()
    screen.say(f"{screen.paint.good('✓')} {'the old shape is back' if was else 'nothing was frozen'}")
    return Exit.DONE
