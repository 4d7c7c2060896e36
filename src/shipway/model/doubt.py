"""What is wrong with a query that was tried before anything depends on it."""

from collections.abc import Mapping, Sequence
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


def of_both(sides: Sequence[Mapping[str, Doubt]]) -> Mapping[str, Doubt]:
    """By key: what is wrong on any side of two that are compared, or that nothing came back on all of them."""
    wrong = {key: doubt for side in sides for key, doubt in side.items() if not doubt.is_empty}
    empty = {key: doubt for key, doubt in sides[0].items() if all(key in side for side in sides)}
    return {**empty, **wrong}
