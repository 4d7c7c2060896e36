"""Names and constants as MariaDB has them."""

import re
from collections.abc import Mapping

from shipway.schema.table import Table

LENGTH_MAX = 64
"""Characters."""
_PARTS = re.compile(r"`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"", re.DOTALL)


def quoted(name: str) -> str:
    """One identifier."""
    doubled = name.replace("`", "``")
    return f"`{doubled}`"


def literal(text: str) -> str:
    """A text constant, where backslashes escape."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def shortened(name: str, suffix: str) -> str:
    """A name with a suffix that is not too long."""
    return name[: LENGTH_MAX - len(suffix)] + suffix


def table_name(table: Table) -> str:
    """With its database."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def renamed(text: str, names: Mapping[str, str]) -> str:
    """SQL as the server prints it, every identifier in backquotes, with other names; texts stay as they are."""
    changed = {quoted(old): quoted(new) for old, new in names.items()}
    return _PARTS.sub(lambda found: changed.get(found[0], found[0]), text)


def identifiers(text: str) -> frozenset[str]:
    """Every name in backquotes."""
    found = (one[0] for one in _PARTS.finditer(text))
    return frozenset(one[1:-1].replace("``", "`") for one in found if one[0] == "`")
