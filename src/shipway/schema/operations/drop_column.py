"""`drop_column`: new code can leave it out first, and it goes when nobody uses it."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema", "default")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`default` is what rows of new code get meanwhile, where the column is required. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    default = expression(options, "default", where=where)
    if column.is_required and not (column.default or default) and not column.identity:
        raise Unfit(
            f"{column.name} is NOT NULL and has no default",
            where=where,
            why="New code leaves it out and its INSERTs would fail; with nulls in it there would be no way back.",
            fix="Add `default: …`: what such rows get until it is dropped.",
        )
    if column.default and default:
        raise Unfit(
            f"{column.name} has a default",
            where=where,
            why="New code's rows get that.",
            fix="Leave out `default`.",
        )
    target = f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)}"
    back = (Batch(statements=(f"{target} DROP DEFAULT",), what=f"take the default of {column.name} away"),)
    begin = (Batch(statements=(f"{target} SET DEFAULT {default}",), what=f"let code leave {column.name} out"),)
    drop = f"ALTER TABLE {table.sql} DROP COLUMN {quoted(column.name)}"
    return Built(
        expand=begin if default else (),
        contract=(Batch(statements=(drop,), what=f"drop {table.name}.{column.name}"),),
        revert=back if default else (),
        old=((table.sql, column.name, ""),),
    )
