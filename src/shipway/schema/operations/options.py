"""Options that several operations have."""

from collections.abc import Mapping

from shipway.schema.operations.built import Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import read_expression, read_type
from shipway.schema.table import Table

YES, NO = ("true", "yes"), ("false", "no")


def switch(options: Mapping[str, str], name: str, *, where: str) -> bool:
    """Off where it is not there. Raises `Unfit`."""
    said = options.get(name, NO[0]).lower()
    if said not in (*YES, *NO):
        raise _wrong(f"`{name}: {options[name]}` is neither true nor false", where, f"Write `{name}: true`.")
    return said in YES


def expression(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As PostgreSQL prints it; empty where it is not there. Raises `Unfit`."""
    if name not in options:
        return ""
    found = read_expression(options[name])
    if found is None:
        raise _wrong(f"`{name}: {options[name]}` is no expression", where, "Write one, such as lower(email).")
    return found


def type_of(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As PostgreSQL prints it. Raises `Unfit`."""
    found = read_type(options[name])
    if found is None:
        raise _wrong(f"`{options[name]}` is no type", where, "Write a type such as bigint.")
    return found


def columns(options: Mapping[str, str], name: str, table: Table, *, where: str) -> tuple[str, ...]:
    """Names with commas between them, each of a column that is there. Raises `Unfit`."""
    words = tuple(word.strip() for word in options[name].split(","))
    for word in words:
        column_of(table, word, where=where)
    return words


def joined(words: tuple[str, ...]) -> str:
    """In SQL."""
    return ", ".join(quoted(word) for word in words)


def _wrong(what: str, where: str, fix: str) -> Unfit:
    return Unfit(what, where=where, why="PostgreSQL does not read it as what belongs there.", fix=fix)
