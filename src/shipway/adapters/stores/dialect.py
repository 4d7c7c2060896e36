"""All that differs between databases: their clock, and how they insert what may be there."""

from functools import cache
from typing import Any

from sqlalchemy import Double, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

UNIX_EPOCH_AS_JULIAN_DAY = 2440587.5


class store_now(FunctionElement[float]):
    """Seconds since the epoch on the store's clock."""

    type = Double()
    inherit_cache = True


@compiles(store_now, "sqlite")
def _sqlite_now(element: store_now, compiler: SQLCompiler, **kwargs: Any) -> str:
    # unixepoch('subsec') needs SQLite 3.42, julianday any; both are exact to a millisecond.
    return f"((julianday('now') - {UNIX_EPOCH_AS_JULIAN_DAY}) * 86400.0)"


def insert(table: Table, *, dialect: str) -> sqlite.Insert:
    """An insert with a choice of what happens when its row is there already (`on_conflict_do_…`)."""
    assert dialect == "sqlite", dialect
    return sqlite.insert(table)


@cache
def upsert(table: Table, *, dialect: str) -> sqlite.Insert:
    """Insert a row, or give the one with its primary key all its other values."""
    statement = insert(table, dialect=dialect)
    key = list(table.primary_key.columns)
    given = {column.name: statement.excluded[column.name] for column in table.columns if column not in set(key)}
    return statement.on_conflict_do_update(index_elements=key, set_=given)
