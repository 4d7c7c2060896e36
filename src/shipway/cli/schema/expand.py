"""`shipway schema expand`."""

from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.reaching import reached


def expand(file: File, *, database: Database = None) -> int:
    """Add the new shape beside the old one, and keep both true from then on.

    Nobody notices: each statement waits at most 50 ms for its lock and tries again, so that no query
    waits longer behind it. From then on a trigger keeps both shapes equal, whoever writes. Running it
    again goes on where it stopped.

    Examples:
        shipway schema expand migrations/0007_email_address.yaml

    Then:
        `shipway schema backfill` brings the rows that were there before into the new shape. Deploy code
        that uses the new shape only when that is done.
    """
    from shipway.cli.shell.changing import running

    with running(file, database, purpose="expand") as runner:
        phase = runner.expand()
    return reached(file, phase, "backfill")
