"""Names that a statement writes, as they are written: the parser has cut them off already."""

import re
from collections.abc import Iterator

from shipway.schema.sql.names import LENGTH_MAX
from shipway.schema.sql.parse import Statement

WORD = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|\w+', re.DOTALL)


def new_names(statement: Statement) -> Iterator[str]:
    """Identifiers of more than 63 bytes, once each."""
    text = statement.text
    if len(text) <= LENGTH_MAX:
        return
    seen = set()
    for found in WORD.finditer(text):
        word = found.group()
        if word[0] in "'-/$":
            continue
        name = word[1:-1].replace('""', '"') if word[0] == '"' else word
        if len(name.encode()) > LENGTH_MAX and name not in seen:
            seen.add(name)
            yield name
