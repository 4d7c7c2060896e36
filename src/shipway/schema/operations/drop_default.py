"""`drop_default`: goes at the end, since old code's INSERTs rely on it until then."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    if not column.default or column.special:
        raise Unfit(
            f"{column.name} has no default that could be dropped",
            where=where,
            why=f"{column.special[0].upper()}{column.special[1:]}." if column.special else "It gets none now.",
            fix="Leave it out.",
        )
    drop = f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)} DROP DEFAULT"
    return Built(contract=(Batch(statements=(drop,), what=f"drop the default of {table.name}.{column.name}"),))
