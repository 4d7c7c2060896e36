"""How much a change may hurt, and what it touches that decides it."""

from enum import IntEnum


class Risk(IntEnum):
    """Ordered: the risk of a change is the greatest of its reasons'."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """`high`."""
        return self.name.lower()


WORDS = {risk.word: risk for risk in Risk}
