"""`merge_column`: several columns become one, and code that knows the several goes on as before."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import columns, expression, expressions, switch, type_of
from shipway.schema.operations.several import Several, built, fit
from shipway.schema.table import Table

REQUIRED = ("table", "columns", "into", "type", "up", "down")
OPTIONAL = ("schema", "required")
MAPPED = ("down",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`up` is the one over the several, `down` an expression for each of them. Raises `Unfit`."""
    names, into = columns(options, "columns", table, where=where), options["into"]
    several = Several(
        change=change,
        table=table,
        old=tuple(column_of(table, name, where=where) for name in names),
        new={into: type_of(options, "type", where=where)},
        up={into: expression(options, "up", where=where)},
        down=expressions(options, "down", where=where),
        required=(into,) if switch(options, "required", where=where) else (),
    )
    fit(several, where=where)
    return built(several)
