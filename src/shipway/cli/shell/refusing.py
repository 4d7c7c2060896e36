"""From findings to the error that keeps a deploy from beginning."""

from collections.abc import Iterable

from shipway.cli.render.findings import Finding
from shipway.errors import ShipwayError


def require(found: Iterable[Finding], refused: type[ShipwayError]) -> None:
    """Raises the error for the first finding that failed; the others are not looked at any more."""
    for one in found:
        if one.is_fine is False:
            raise refused(one.said, where=one.where, why=one.why, fix=one.fix)
