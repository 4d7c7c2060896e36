"""`set_default`: what rows get that leave a column out; rows that are there stay as they are."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table

REQUIRED = ("table", "column", "default")
OPTIONAL = ("schema",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    default = expression(options, "default", where=where)
    target = f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)}"
    back = f"{target} SET DEFAULT {column.default}" if column.default else f"{target} DROP DEFAULT"
    return Built(
        expand=(Batch(statements=(f"{target} SET DEFAULT {default}",), what=f"default of {column.name}"),),
        revert=(Batch(statements=(back,), what=f"the former default of {column.name}"),),
    )
