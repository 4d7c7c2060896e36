"""`shipway schema switch`."""

from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.reaching import reached


def switch(file: File, *, database: Database = None) -> int:
    """Say that code uses the new shape alone from now on; every row is checked first.

    It changes no table: the trigger still keeps both shapes equal, so old code can come back. The hold
    of the file begins here.

    Examples:
        shipway schema switch migrations/0007_email_address.yaml

    Then:
        After the hold, `shipway schema contract` drops the old shape.
    """
    from shipway.cli.shell.changing import running

    with running(file, database, purpose="switch") as runner:
        phase = runner.switch()
    return reached(file, phase, "contract")
