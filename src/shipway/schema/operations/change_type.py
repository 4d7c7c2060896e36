"""`change_type`: a column of another type takes the place of one, under a name of its own."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.pair import Pair, built, fit
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import read_expression, read_type
from shipway.schema.table import Table

REQUIRED = ("table", "column", "to", "as")
OPTIONAL = ("schema", "up", "down")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`up` and `down` are expressions over the old and the new column; casts without them. Raises `Unfit`."""
    old = column_of(table, options["column"], where=where)
    kind = read_type(options["to"])
    if kind is None:
        raise Unfit(
            f"`{options['to']}` is no type",
            where=where,
            why="PostgreSQL does not read it as one.",
            fix="Write a type such as bigint.",
        )
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=options["as"],
        type=kind,
        up=_expression(options, "up", where) or f"{quoted(old.name)}::{kind}",
        down=_expression(options, "down", where) or f"{quoted(options['as'])}::{old.type}",
    )
    fit(pair, where=where)
    return built(pair)


def _expression(options: Mapping[str, str], name: str, where: str) -> str:
    if name not in options:
        return ""
    found = read_expression(options[name])
    if found is None:
        raise Unfit(
            f"`{name}: {options[name]}` is no expression",
            where=where,
            why="PostgreSQL does not read it as one.",
            fix="Write one over the column, such as lower(email).",
        )
    return found
