"""Every hazard asked about every statement of a text."""

import re
from collections.abc import Iterable, Iterator

from shipway.schema.hazards import for_kind
from shipway.schema.lint.hazard import Finding, Found, Hazard
from shipway.schema.lint.history import History
from shipway.schema.lint.step import Step
from shipway.schema.lint.tables import Server
from shipway.schema.sql.parse import Source, Statement, statements

IGNORE = re.compile(
    r"--\s*(?:shipway|squawk)[:-]\s*ignore(?P<whole>-file)?(?P<names>[ \ta-z0-9_,-]*)", re.IGNORECASE
)
ALL = "*"


def check(source: Source, server: Server, *, is_wrapped: bool = False) -> list[Finding]:
    """What is wrong, in the order of the text. Raises `NoPostgres` without the parser."""
    found = list(_found(source, server, is_wrapped=is_wrapped))
    return sorted(found, key=lambda one: (one.line, one.column, not one.is_hazard))


def _found(source: Source, server: Server, *, is_wrapped: bool) -> Iterator[Finding]:
    history, read = History(holds_transaction=is_wrapped, is_wrapped=is_wrapped), statements(source)
    ignored = ignored_by_line(source.text.splitlines())
    for at, statement in enumerate(read):
        step = Step(statement=statement, before=history, following=read[at + 1 :], server=server)
        for hazard in for_kind(statement.node.kind):
            if not is_ignored(hazard, ignored, statement):
                yield from (_finding(hazard, found, statement) for found in hazard.find(step))
        history = history.after(statement.node)


def _finding(hazard: Hazard, found: Found, statement: Statement) -> Finding:
    line, column = statement.place(found.at)
    return Finding(
        hazard=hazard,
        found=found,
        file=statement.source.name,
        line=line,
        column=column,
        statement=statement.text,
    )


def ignored_by_line(lines: Iterable[str]) -> dict[int, frozenset[str]]:
    """Names by line, from 1; line 0 is the whole file."""
    found: dict[int, frozenset[str]] = {}
    for number, line in enumerate(lines, start=1):
        if sign := IGNORE.search(line):
            words = frozenset(re.findall(r"[a-z][a-z0-9-]+", sign["names"].partition(" because ")[0]))
            key = 0 if sign["whole"] else number
            found[key] = found.get(key, frozenset()) | (words or {ALL})
    return found


def is_ignored(hazard: Hazard, ignored: dict[int, frozenset[str]], statement: Statement) -> bool:
    """By a comment above the statement, within it, or for the whole file."""
    if not ignored:
        return False
    first = statement.place()[0] - statement.source.first_line + 1
    last = first + statement.text.count("\n")
    above = first - 1
    names = {ALL, hazard.name, *hazard.squawk}
    return any(ignored.get(line, frozenset()) & names for line in (0, above, *range(first, last + 1)))
