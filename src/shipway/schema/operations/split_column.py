"""`split_column`: one column becomes several, and code that knows the one goes on as before."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression, expressions, types, words
from shipway.schema.operations.several import Several, built, fit
from shipway.schema.table import Table

REQUIRED = ("table", "column", "into", "up", "down")
OPTIONAL = ("schema", "required")
MAPPED = ("into", "up")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`into` are types by name, `up` an expression for each, `down` the way back. Raises `Unfit`."""
    old, into = column_of(table, options["column"], where=where), types(options, "into", where=where)
    several = Several(
        change=change,
        table=table,
        old=(old,),
        new=into,
        up=expressions(options, "up", where=where),
        down={old.name: expression(options, "down", where=where)},
        required=words(options, "required", tuple(into), where=where),
    )
    fit(several, where=where)
    return built(several)
