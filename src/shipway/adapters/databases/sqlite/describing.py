"""A schema as a list of named definitions, as SQLite keeps them, without what Shipway keeps for itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.adapters.databases.session import Session
from shipway.schema.dialects.sqlite.text import beside_columns, definitions
from shipway.schema.difference import Name

QUERY = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'shipway\\_%' ESCAPE '\\'
      AND tbl_name NOT LIKE 'shipway\\_%' ESCAPE '\\'
"""


def described(session: Session) -> dict[Name, str]:
    """By kind and name, as they were written; a table's columns are by themselves. Raises `DatabaseError`."""
    found: dict[Name, str] = {}
    for kind, name, table, sql in session.rows(QUERY):
        text = str(sql)
        if kind != "table":
            owner = f" on {table}" if kind in ("index", "trigger") else ""
            found[str(kind), f"{name}{owner}"] = _plain(text)
            continue
        found["table", str(name)] = ", ".join(_plain(one) for one in beside_columns(text))
        for column, definition in definitions(text).items():
            found["column", f"{name}.{column}"] = _plain(definition)
    return found


def _plain(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The address of a new, empty file, which is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="shipway-diff-") as folder:
        path = Path(folder) / "fresh.db"
        path.touch()
        yield f"sqlite:///{path}"
