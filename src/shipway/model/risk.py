"""How much a change may hurt: four levels, what they are known by, and what they ask for."""

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct


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


class Level(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    indicators: tuple[str, ...]
    strategies: tuple[str, ...]
    """Any of them; with `feature-flags`, both."""
    how: str
    needs: tuple[str, ...] = ()
    """What has to be there before users meet the change."""

    @property
    def approach(self) -> str:
        """One sentence."""
        return f"{' or '.join(self.strategies)}; {self.how}"


LEVELS: Mapping[Risk, Level] = {
    Risk.LOW: Level(
        indicators=("bug fix", "config change", "fewer than 50 lines"),
        strategies=("rolling",),
        how="automated",
    ),
    Risk.MEDIUM: Level(
        indicators=("new feature", "50 to 500 lines", "API changes"),
        strategies=("canary",),
        how="gradual rollout",
    ),
    Risk.HIGH: Level(
        indicators=("database schema", "authentication", "payment"),
        strategies=("blue-green", "canary + feature-flags"),
        how="a person approves before users meet it",
        needs=("approval",),
    ),
    Risk.CRITICAL: Level(
        indicators=("core infrastructure", "data migration"),
        strategies=("blue-green",),
        how="approved, the full team on call and told, off-peak",
        needs=("approval", "on-call", "off-peak", "team"),
    ),
}
