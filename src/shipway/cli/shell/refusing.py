"""What keeps a command from beginning: a finding that failed, or the word of the service's owner."""

from collections.abc import Iterable

from shipway.cli.render.findings import Finding
from shipway.errors import Exit, ShipwayError


class NotTaken(ShipwayError):
    """The service's owner refused a command; nothing follows from it."""

    code = "not-taken"
    exit_code = Exit.REFUSED


def require(found: Iterable[Finding], refused: type[ShipwayError]) -> None:
    """Raises the error for the first finding that failed; the others are not looked at any more."""
    for one in found:
        if one.is_fine is False:
            raise refused(one.said, where=one.where, why=one.why, fix=one.fix)
