"""Statements that SQLite has none for, as an edit of the table's text. `shipway_…` are functions of ours."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.text import is_expression, literal, quoted
from shipway.schema.operations.built import Backfill, Batch, Unfit
from shipway.schema.table import Column, Table


def redefined(table: Table, column: str, definition: str) -> str:
    """A column gets another definition."""
    return _edited(table, f"shipway_defined(sql, {literal(column)}, {literal(definition)})")


def constrained(table: Table, constraint: str) -> str:
    """The table gets a constraint."""
    return _edited(table, f"shipway_added(sql, {literal(constraint)})")


def unconstrained(table: Table, constraint: str) -> str:
    """The same, back."""
    return _edited(table, f"shipway_removed(sql, {literal(constraint)})")


def _edited(table: Table, value: str) -> str:
    return f"UPDATE sqlite_schema SET sql = {value} WHERE type = 'table' AND name = {literal(table.name)}"


def one(what: str, *statements: str) -> tuple[Batch, ...]:
    """Statements of one transaction."""
    return (Batch(statements=statements, what=what),)


def expression(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As it is written; empty where it is not there. Raises `Unfit`."""
    text = options.get(name, "").strip()
    if text and not is_expression(text):
        raise Unfit(
            f"`{name}: {text}` is no expression",
            where=where,
            why="Its brackets or quotes are open, or it has a comment or a second statement.",
            fix="Write one, such as lower(email).",
        )
    return text


def filled(table: Table, assignment: str, missing: str) -> Backfill:
    """Along its key."""
    key = tuple(quoted(word) for word in table.key)
    return Backfill(table=quoted(table.name), key=key, assignment=assignment, missing=missing, rows=table.rows)


def changeable(table: Table, column: Column, *, where: str) -> None:
    """Raises `Unfit` where the column is generated, or part of the key."""
    why = column.special or ("It is part of the primary key." if column.name in table.key else "")
    if why:
        raise Unfit(
            f"{table.name}.{column.name} cannot be changed", where=where, why=why, fix="Make a new table, by hand."
        )


def absent(table: Table, name: str, *, where: str) -> None:
    """Raises `Unfit` where there is a column of that name."""
    if any(column.name.lower() == name.lower() for column in table.columns):
        raise Unfit(f"{table.name} has a column {name}", where=where, why="It is there.", fix="Take another name.")
