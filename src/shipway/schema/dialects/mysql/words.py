"""A text of MySQL as statements and words, by sqlglot's scanner: its grammar gives up on much DDL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from shipway.schema.dialects.mariadb.reading import library
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, Statement

DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+(\S+)[ \t]*\r?\n?", re.IGNORECASE | re.MULTILINE)
DEFAULT = ";"
EXECUTABLE = re.compile(r"/\*(?:M?!)(?:\d{5,6})?(.*?)\*/", re.DOTALL)
"""A comment that the server runs: `mysqldump` writes them."""


@dataclass(frozen=True)
class Word:
    """One word of SQL."""

    text: str
    """As it means: without quotes."""
    start: int
    end: int
    """Behind it, in characters of the whole text."""
    is_name: bool = False
    """In backquotes."""
    is_text: bool = False

    @cached_property
    def key(self) -> str:
        """To be compared with keywords; nothing that is quoted is one."""
        return "" if self.is_name or self.is_text else self.text.upper()


@dataclass(frozen=True)
class Said:
    """One statement with its words; none where the scanner could not read it."""

    statement: Statement
    words: tuple[Word, ...]
    text: str

    def between(self, first: Word, last: Word) -> str:
        """As it is written."""
        return self.text[first.start : last.end]


def said(source: Source) -> Iterator[Said]:
    """Every statement, in order; one that cannot be read hides no other. Raises `NoMariadb`."""
    text = EXECUTABLE.sub(_blanked, source.text)
    for start, end, words in _pieces(text):
        begin = words[0].start if words else start + _blank(text[start:end])
        last = words[-1].end if words else end
        if words is None or words:
            span = (len(source.text[:begin].encode()), len(source.text[:last].encode()))
            yield Said(Statement(source, span, Node()), words or (), source.text)


def _blanked(found: "re.Match[str]") -> str:
    """What is run, at its place; the signs around it are blanks."""
    before, after = found.start(1) - found.start(), found.end() - found.end(1)
    return " " * before + found[1] + " " * after


Piece = tuple[int, int, tuple[Word, ...] | None]
"""Where a statement begins and ends, and its words; none where the scanner gave up."""


def _pieces(text: str) -> Iterator[Piece]:
    """Statements by the delimiter that is in force; `DELIMITER` is a word of the client."""
    delimiter, at = DEFAULT, 0
    for found in [*DELIMITER.finditer(text), None]:
        end = found.start() if found else len(text)
        yield from _by_delimiter(text, (at, end), delimiter)
        if found:
            delimiter, at = found[1], found.end()


def _by_delimiter(text: str, span: tuple[int, int], delimiter: str) -> Iterator[Piece]:
    start, end = span
    while delimiter != DEFAULT and (at := text.find(delimiter, start, end)) >= 0:
        yield start, at, _words(text, (start, at))
        start = at + len(delimiter)
    words = _words(text, (start, end))
    if delimiter != DEFAULT or words is None:
        yield start, end, words
        return
    piece: list[Word] = []
    for word in words:
        if word.text == DEFAULT and not (word.is_name or word.is_text):
            yield start, word.start, tuple(piece)
            start, piece = word.end, []
        else:
            piece.append(word)
    yield start, end, tuple(piece)


def _blank(text: str) -> int:
    return len(text) - len(text.lstrip())


def _words(text: str, span: tuple[int, int]) -> tuple[Word, ...] | None:
    part = text[span[0] : span[1]]
    try:
        tokens = _scanner()().tokenize(part)
    except library().errors.TokenError:
        return None
    return tuple(word for token in tokens for word in _of(token, part, span[0]))


def _of(token: Any, text: str, offset: int) -> Iterator[Word]:
    kind, start = token.token_type.name, token.start + offset
    is_name, is_text = kind == "IDENTIFIER", kind in ("STRING", "NATIONAL_STRING", "RAW_STRING")
    if is_name or is_text or " " not in token.text:
        yield Word(token.text, start, token.end + 1 + offset, is_name=is_name, is_text=is_text)
    else:  # two words such as PRIMARY KEY are one for the scanner
        for found in re.finditer(r"\S+", text[token.start : token.end + 1]):
            yield Word(found[0], start + found.start(), start + found.end())


@cache
def _scanner() -> Any:
    """MySQL's, which makes words of every statement: sqlglot's own leaves many of them as one text."""
    library()
    from sqlglot.dialects.mysql import MySQL

    return type("Scanner", (MySQL.Tokenizer,), {"COMMANDS": set()})
