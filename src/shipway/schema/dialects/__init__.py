"""How databases other than PostgreSQL are changed: a folder for each, with a file for each operation that it has.

An operation's options are those of `schema/operations/<name>.py`; what differs is the SQL, and what is refused.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from shipway.schema.operations import Operation, makes_table, named
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.table import Table


def operation(dialect: str, name: str) -> Operation:
    """One of `operations.NAMES`, as this dialect does it; one that refuses where it cannot."""
    path = f"shipway.schema.dialects.{dialect}.operations.{name}"
    return cast(Operation, import_module(path)) if find_spec(path) else _Without(dialect, name)


class _Without:
    """An operation that a dialect does not have."""

    REQUIRED: tuple[str, ...] = ()
    OPTIONAL: tuple[str, ...] = ()

    def __init__(self, dialect: str, name: str) -> None:
        self.dialect, self.name, self.MAKES_TABLE = dialect, name, makes_table(named(name))

    def build(self, options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
        """Raises `Unfit`, always."""
        raise Unfit(
            f"{self.name} is not done on {NAMES[self.dialect]}",
            where=where,
            why="It has no form there that can be run while the table is used, and taken back.",
            fix="docs/guides/schema-mariadb.md and docs/guides/schema-sqlite.md say what can be done instead.",
        )


NAMES = {"mariadb": "MariaDB", "sqlite": "SQLite"}
"""As they are written."""
