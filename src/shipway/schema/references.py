"""Lines of code that name an old column: as far as text can tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

AROUND = 3
"""Lines before and after, in which a table's name and a word of SQL make it a statement."""
SQL = re.compile(r"\b(select|insert|update|delete|from|into|where|returning|set|join)\b", re.IGNORECASE)
TEXT_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One line."""

    file: str
    line: int
    text: str
    column: str
    is_statement: bool
    """Whether SQL that names the table stands around it; else the word alone, which may mean another thing."""


def references(text: str, *, file: str, table: str, column: str) -> Iterator[Reference]:
    """Every line with the column's name as a whole word. Names are plain, without quotes."""
    word, owner = (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in (column, table))
    if not word.search(text):
        return
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if word.search(line):
            around = "\n".join(lines[max(0, at - AROUND) : at + AROUND + 1])
            yield Reference(
                file=file,
                line=at + 1,
                text=line.strip()[:TEXT_MAX],
                column=column,
                is_statement=bool(owner.search(around) and SQL.search(around)),
            )
