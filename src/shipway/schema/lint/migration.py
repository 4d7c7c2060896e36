"""A file of a migration: its SQL, or why there is none."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from shipway.schema.lint.hazard import Finding, Found
from shipway.schema.sql.parse import Place, Source


@dataclass(frozen=True, kw_only=True)
class Migration:
    """What one file brings to the database."""

    name: str
    sources: tuple[Source, ...] = ()
    is_wrapped: bool = False
    """Whether its tool runs it in one transaction."""
    dialect: str = ""
    """Whose SQL it is, where its project says so."""
    blind: tuple[Finding, ...] = field(default=())
    """Where nobody could look."""


class Recorded(Source):
    """SQL that a program wrote, with the line of the program that wrote each piece."""

    def __init__(self, pieces: Sequence[tuple[int, str]], name: str) -> None:
        super().__init__("".join(text for _, text in pieces), name)
        self.lines = [line for line, _ in pieces]
        self.ends: list[int] = []
        for _, text in pieces:
            self.ends.append((self.ends[-1] if self.ends else 0) + len(text.encode()))

    def place(self, at: int) -> Place:
        """The program's line; its columns say nothing of SQL."""
        return self.lines[min(bisect_right(self.ends, at), len(self.lines) - 1)], 1


def blind(name: str, line: int, *, why: str, fix: str) -> Finding:
    """A place that could not be analysed, as a hazard."""
    from shipway.schema.hazards import named

    found = Found(what=f"Cannot analyse: {why}", fix=(fix,))
    return Finding(hazard=named("dynamic-sql"), found=found, file=name, line=line, column=1, statement="")
