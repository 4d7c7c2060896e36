"""What goes wrong. Users get four lines: what, where, why, fix. Bugs are assertions, not these."""

from enum import IntEnum

LINES = 4


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    INTERNAL = 1
    INPUT = 2
    REFUSED = 3
    ROLLED_BACK = 4
    HELD = 5
    UNREACHABLE = 6
    INTERRUPTED = 130


class ShipwayError(Exception):
    """An error that a user can act on.

    `code` is the page in `docs/errors/`; `exit_code` is the command's.
    """

    code = "error"
    exit_code = Exit.INPUT

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.fix = what, where, why, fix

    def __str__(self) -> str:
        lines = (self.what, self.where, self.why, self.fix)
        return "\n".join(line for line in lines if line)


def what_and_why(told: str) -> tuple[str, str]:
    """Of an error as it was told; no why where it does not have all four lines."""
    lines = told.splitlines()
    return (lines[0] if lines else ""), (lines[2].rstrip(".") if len(lines) == LINES else "")


class PortError(ShipwayError):
    """The outside did not do what it was asked, or did not answer in time. It may have done it all the same."""

    code = "unreachable"
    exit_code = Exit.UNREACHABLE
    needs_person = False
    """Whether trying again helps only once somebody has done what `fix` says."""


class StaleGeneration(PortError):
    """The port already applied a newer intent for this key; the caller is not the owner any more."""

    code = "stale-generation"


class Refused(PortError):
    """The port will not do this at all, for example stop a replica that was never drained."""

    code = "refused"
    exit_code = Exit.REFUSED


class LeaseLost(PortError):
    """Another controller owns the service now: its token is newer."""

    code = "lease-lost"


class JournalConflict(PortError):
    """The journal is longer than the caller knew; read it again."""

    code = "journal-conflict"


class UnknownName(ShipwayError):
    """A name that nothing has; `why` lists its siblings."""

    code = "unknown-name"
