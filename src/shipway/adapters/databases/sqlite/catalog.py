"""A table as SQLite's catalog and its own text have it."""

import re

from shipway.adapters.databases.errors import NoTable
from shipway.adapters.databases.session import Row, Session
from shipway.schema.dialects.sqlite.text import definitions, quoted
from shipway.schema.table import Column, Index, Table

TABLE = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(%s)"
OTHERS = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') AND sql IS NOT NULL"
OURS = "shipway_"
WHOLE_NUMBERS, TEXTS = ("INT",), ("CHAR", "CLOB", "TEXT")


def read_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """Raises `NoTable`, `DatabaseError`."""
    found = session.rows(TABLE, (name,))
    if not found or schema:
        raise NoTable(
            f"The database has no table {quoted(name)}",
            where=where,
            why="A file of SQLite has no schemas, and this one no such table.",
            fix="Look at the name, and leave `schema` out.",
        )
    own, sql = str(found[0][0]), str(found[0][1])
    written, place = definitions(sql), quoted(own)
    columns = session.rows(f"PRAGMA table_xinfo({place})")
    key = [str(row[1]) for row in sorted((row for row in columns if row[5]), key=lambda row: int(str(row[5])))]
    ((count,),) = session.rows(f"SELECT count(*) FROM {place}")
    return Table(
        schema="",
        name=own,
        rows=int(str(count)),
        columns=tuple(_column(row, written.get(str(row[1]).lower(), "")) for row in columns),
        key=tuple(key) if key and _is_walked(columns) else ("rowid",),
        indexes=_indexes(session, place),
    )


def new_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """One that is not there yet, for an operation that will say what it can do with it."""
    return Table(schema=schema, name=name, rows=0, columns=())


def dependents(session: Session, table: str, column: str) -> list[str]:
    """Views and triggers whose text names the table and the column."""
    named = {table.strip('"'), column} - {""}
    return [
        str(what)
        for what, sql in session.rows(OTHERS)
        if OURS not in str(what) and named <= set(re.findall(r"\w+", str(sql)))
    ]


def _is_walked(columns: list[Row]) -> bool:
    """Whether its key is of whole numbers and texts, which JSON keeps as they are."""
    return all(
        any(word in str(row[2]).upper() for word in (*WHOLE_NUMBERS, *TEXTS))
        and (row[3] or "INT" in str(row[2]).upper())
        for row in columns
        if row[5]
    )


def _column(row: Row, written: str) -> Column:
    _, name, kind, is_required, default, _, hidden = row
    return Column(
        name=str(name),
        type=str(kind),
        is_required=bool(is_required),
        default="" if default is None else str(default),
        special="It is generated." if hidden else "",
        written=written,
    )


def _indexes(session: Session, place: str) -> tuple[Index, ...]:
    found = []
    for row in session.rows(f"PRAGMA index_list({place})"):
        columns = session.rows(f"PRAGMA index_info({quoted(str(row[1]))})")
        names = tuple(str(one[2]) for one in columns if one[2] is not None)
        found.append(Index(name=str(row[1]), definition="", columns=names))
    return tuple(found)
