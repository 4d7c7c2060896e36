"""What goes wrong with a database whose schema changes."""

from shipway.errors import Exit, PortError, ShipwayError


class DatabaseError(PortError):
    """The database did not answer, or refused what it was asked."""

    code = "database"
    exit_code = Exit.UNREACHABLE


class NoTable(ShipwayError):
    """The database has no such table."""

    code = "no-table"


class Pooled(DatabaseError):
    """The address is that of a pooler, which lends one session to many."""

    code = "pooled"


class LockBusy(DatabaseError):
    """A lock was not to be had for a long time."""

    code = "lock-busy"


class TooLong(DatabaseError):
    """A statement that holds locks took longer than others may wait."""

    code = "statement-too-long"


class Busy(Exception):
    """A batch did not get its locks. `why` is what to say when that never ends."""

    def __init__(self, why: DatabaseError) -> None:
        super().__init__(str(why))
        self.why = why
