"""What is wrong with a query that was tried before anything depends on it."""

from typing import Self

from msgspec import Struct

from shipway.errors import ShipwayError


class Doubt(Struct, frozen=True, kw_only=True):
    """For people: what, why with what came back, and how to mend it."""

    what: str
    why: str = ""
    fix: str = ""
    is_empty: bool = False
    """Nothing came back, which may be right: of a version that has not served yet."""

    @classmethod
    def of(cls, error: ShipwayError) -> Self:
        """The same as an error says."""
        return cls(what=error.what, why=error.why, fix=error.fix)
