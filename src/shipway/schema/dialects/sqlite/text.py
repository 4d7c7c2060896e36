"""The text of a CREATE TABLE, and one column's part of it."""

import re
from collections.abc import Iterator

_WORD = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]|[^\s(),'\"`\[]+|[(),]",
    re.DOTALL,
)
_QUOTES = {'"': '"', "`": "`", "[": "]"}
_CONSTRAINTS = ("constraint", "primary", "unique", "check", "foreign")
_ENDS_TYPE = (
    *("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT"),
    *("COLLATE", "REFERENCES", "GENERATED", "AS"),
)


def quoted(name: str) -> str:
    """One identifier."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def literal(text: str) -> str:
    """A text constant."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def plain(word: str) -> str:
    """A name without its quotes."""
    end = _QUOTES.get(word[:1])
    return word[1:-1].replace(end * 2, end) if end else word


def is_expression(text: str) -> bool:
    """Whether it is closed in itself: brackets and quotes match, no comment, no second statement."""
    depth, rest = 0, _WORD.sub("", text)
    for found in _WORD.finditer(text):
        depth += (found[0] == "(") - (found[0] == ")")
        if depth < 0 or found[0].startswith(("--", "/*")) or ";" in found[0].strip("'\"`"):
            return False
    return bool(text.strip()) and depth == 0 and not rest.strip()


def definitions(table: str) -> dict[str, str]:
    """By column, in small letters: its whole definition as it is written, and that of no constraint."""
    found = {}
    for start, end in _parts(table):
        if not _is_constraint(table[start:end]):
            found[plain(next(_words(table[start:end]), "")).lower()] = table[start:end].strip()
    return found


def beside_columns(table: str) -> list[str]:
    """Constraints of the whole table, and its options."""
    parts = [*_parts(table)]
    options = table[parts[-1][1] :].lstrip(")").strip() if parts else ""
    found = [table[start:end].strip() for start, end in parts if _is_constraint(table[start:end])]
    return [*sorted(found), options] if options else sorted(found)


def _is_constraint(part: str) -> bool:
    word = next(_words(part), "")
    return plain(word) == word and word.lower() in _CONSTRAINTS


def defined(table: str, column: str, definition: str) -> str:
    """The table with another definition of a column."""
    for start, end in _parts(table):
        if plain(next(_words(table[start:end]), "")).lower() == column.lower():
            inner = table[start:end]
            lead = inner[: len(inner) - len(inner.lstrip())]
            tail = inner[len(inner.rstrip()) :]
            return f"{table[:start]}{lead}{definition}{tail}{table[end:]}"
    return table


def added(table: str, constraint: str) -> str:
    """The table with one more constraint, behind everything else."""
    last = [*_parts(table)][-1][1]
    return f"{table[:last]}, {constraint}{table[last:]}"


def removed(table: str, constraint: str) -> str:
    """The same without it."""
    return table.replace(f", {constraint}", "", 1)


def without_null(definition: str) -> str:
    """A definition that says neither NULL nor NOT NULL."""
    return re.sub(r"\s+NOT\s+NULL(\s+ON\s+CONFLICT\s+\w+)?", "", definition, count=1, flags=re.IGNORECASE)


def retyped(definition: str, kind: str) -> str:
    """A definition of another type."""
    words = [*_WORD.finditer(definition)]
    end = next((word.start() for word in words[1:] if word[0].upper() in _ENDS_TYPE), len(definition))
    return f"{definition[: words[0].end()]} {kind} {definition[end:]}".rstrip()


def with_default(definition: str, default: str) -> str:
    """A definition with another default."""
    bare = re.sub(
        r"\s+DEFAULT\s+(\((?:[^()]|\([^()]*\))*\)|'(?:[^']|'')*'|[^\s,]+)",
        "",
        definition,
        count=1,
        flags=re.IGNORECASE,
    )
    return f"{bare} DEFAULT ({default})"


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in _WORD.finditer(text) if not found[0].startswith(("--", "/*")))


def _parts(table: str) -> Iterator[tuple[int, int]]:
    """What stands between the commas of the outer brackets."""
    depth, start = 0, 0
    for found in _WORD.finditer(table):
        if found[0] == "(":
            depth += 1
            start = found.end() if depth == 1 else start
        elif found[0] == "," and depth == 1:
            yield start, found.start()
            start = found.end()
        elif found[0] == ")":
            depth -= 1
            if depth == 0:
                yield start, found.start()
                return
