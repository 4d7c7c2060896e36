"""Text to statements: the only place that knows the parser, `postgast`, which is PostgreSQL's own grammar.

The parser counts in bytes; places are lines and columns, both from 1.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from shipway.errors import ShipwayError
from shipway.schema.sql.node import Node

BLANK = re.compile(rb"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
Place = tuple[int, int]


class NoPostgres(ShipwayError):
    """A library of the extra `shipway[postgres]` is not installed."""

    code = "no-postgres"


class Source:
    """A text with its name, and the lines that its characters stand in."""

    def __init__(self, text: str, name: str, *, first_line: int = 1) -> None:
        self.text, self.name, self.first_line = text, name, first_line

    @cached_property
    def data(self) -> bytes:
        """What the parser counts in."""
        return self.text.encode()

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(b"\n", self.data))]

    def place(self, at: int) -> Place:
        """Of a byte."""
        line = bisect_right(self._starts, at) - 1
        return line + self.first_line, len(self.data[self._starts[line] : at].decode(errors="replace")) + 1


class Statement:
    """One statement, where it stands, and its tree; no tree where PostgreSQL's grammar does not know it."""

    def __init__(self, source: Source, span: tuple[int, int], node: Node, *, offset: int = 0) -> None:
        self.source, self.node, self.offset = source, node, offset
        self.start, self.end = span
        self.error = ""
        """What the parser said where it could not read it."""

    @property
    def text(self) -> str:
        """As it is written."""
        return self.source.data[self.start : self.end].decode(errors="replace")

    def place(self, at: Node | None = None) -> Place:
        """Of one of its nodes, or of its beginning."""
        location = at.number("location") if at else 0
        return self.source.place(self.offset + location if location > 0 else self.start)


def statements(source: Source) -> list[Statement]:
    """All of a text, in order; one that cannot be read hides no other. Raises `NoPostgres`."""
    postgast = library()
    try:
        return list(_read(source, source.data, 0))
    except postgast.PgQueryError:
        return list(_one_by_one(source))


def missing(library: str, purpose: str) -> NoPostgres:
    """The error where a library of the extra is not there."""
    return NoPostgres(
        f"{library} is not installed",
        where="shipway schema",
        why=f"It {purpose}; not everybody has a PostgreSQL, so it does not come with Shipway by itself.",
        fix="Install `shipway[postgres]`.",
    )


def library() -> Any:
    """The parser. Raises `NoPostgres`."""
    try:
        import postgast
    except ImportError as error:
        raise missing("postgast", "reads SQL as PostgreSQL does") from error
    return postgast


def _read(source: Source, part: bytes, offset: int) -> Iterator[Statement]:
    for found in library().parse(part.decode()).stmts:
        start, end = found.stmt_location, found.stmt_location + found.stmt_len if found.stmt_len else len(part)
        blank = BLANK.match(part, start, end)
        begin = blank.end() if blank else start
        yield Statement(source, (begin + offset, end + offset), Node(found.stmt), offset=offset)


def _one_by_one(source: Source) -> Iterator[Statement]:
    postgast = library()
    for start, end in _split(source):
        try:
            yield from _read(source, source.data[start:end], start)
        except postgast.PgQueryError as error:
            unread = Statement(source, (start + max(0, error.cursorpos - 1), end), Node())
            unread.error = str(error.message)
            yield unread


def _split(source: Source) -> Iterator[tuple[int, int]]:
    """Where statements begin and end, by the scanner alone; the whole text where even that fails."""
    postgast = library()
    try:
        parts = postgast.split(source.text, method="scanner")
    except postgast.PgQueryError:
        yield 0, len(source.data)
        return
    at = 0
    for part in parts:
        data = part.encode()
        start = source.data.index(data, at)
        at = start + len(data)
        yield start, at
