"""The phases of one schema change, in order. Only `contracted` has no way back."""

from enum import IntEnum


class Phase(IntEnum):
    """Journalled by number; the order is the order of safety."""

    ABSENT = 0
    EXPANDED = 1
    DUAL_WRITING = 2
    BACKFILLED = 3
    SWITCHED = 4
    CONTRACTED = 5

    @property
    def label(self) -> str:
        """The word people see."""
        return self.name.lower().replace("_", "-")
