"""`shipway schema backfill`."""

from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.reaching import reached
from shipway.cli.shell.terminal import out


def backfill(file: File, *, database: Database = None) -> int:
    """Bring every row into the new shape, in batches of 50 to 100 ms, and check it.

    Writers wait for one batch at most. It pauses while replicas are behind or many sessions wait for
    locks. Killed at any moment it goes on where it stopped. At the end it builds the indexes and
    constraints that the old column has, and counts rows that are not right: there must be none.

    Examples:
        shipway schema backfill migrations/0007_email_address.yaml

    Then:
        Deploy the code that uses the new shape. When no old code runs and none may come back:
        `shipway schema switch`.
    """
    from shipway.cli.render.schema import progress
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.filling import Progress

    with running(file, database, purpose="backfill") as runner:
        phase = runner.backfill(Progress(out(), progress))
    return reached(file, phase, "switch")
