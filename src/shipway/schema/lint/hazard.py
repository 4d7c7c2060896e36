"""What can be wrong with a statement, and what was found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.node import Node


class Level(Enum):
    """Whether it hurts users, or is worth a thought."""

    HAZARD = "hazard"
    ADVICE = "advice"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place where a hazard is."""

    what: str
    """What happens, in one sentence with the names of this migration."""
    fix: tuple[str, ...] = ()
    """SQL that does the same without the hazard, line by line, or a comment that says what to do."""
    table: str = ""
    at: Node | None = None
    """Where in the statement; none for its beginning."""
    rule: str | None = ""
    """Which of the hazard's rules of squawk says this, where they differ; none where squawk is silent."""


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """One kind of danger. Each is a file of this name in `schema/hazards/`."""

    name: str
    title: str
    why: str
    """Why it hurts, for whoever never met it."""
    find: Callable[[Step], Iterator[Found]]
    lock: Lock | None = None
    duration: Duration = Duration.INSTANT
    level: Level = Level.HAZARD
    squawk: tuple[str, ...] = ()
    """Rules of the linter squawk that look for the same."""
    kinds: tuple[str, ...] = ()
    """The only kinds of statements that can have it; any kind where there are none."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A hazard at a place in a file."""

    hazard: Hazard
    found: Found
    file: str
    line: int
    column: int
    statement: str

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules of squawk that say the same."""
        if self.found.rule is None:
            return ()
        return (self.found.rule,) if self.found.rule else self.hazard.squawk

    @property
    def is_hazard(self) -> bool:
        """Not only advice."""
        return self.hazard.level == Level.HAZARD

    @property
    def where(self) -> str:
        """`migrations/0007.sql:3:1`."""
        return f"{self.file}:{self.line}:{self.column}"
