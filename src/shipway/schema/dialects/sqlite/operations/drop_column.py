"""`drop_column`: new code can leave it out first, and it goes when nobody uses it."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import changeable, expression, one, redefined
from shipway.schema.dialects.sqlite.text import quoted, with_default
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.drop_column import OPTIONAL, REQUIRED
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`default` is what rows of new code get meanwhile, where the column is required. Raises `Unfit`."""
    column, default = column_of(table, options["column"], where=where), expression(options, "default", where=where)
    changeable(table, column, where=where)
    if column.is_required and not (column.default or default):
        raise Unfit(
            f"{column.name} is NOT NULL and has no default",
            where=where,
            why="New code leaves it out and its INSERTs would fail; with nulls in it there would be no way back.",
            fix="Add `default: …`: what such rows get until it is dropped.",
        )
    eased = redefined(table, column.name, with_default(column.written, default)) if default else ""
    indexes = [index.name for index in table.indexes if column.name in index.columns]
    drops = (f"DROP INDEX {quoted(name)}" for name in indexes)
    drop = f"ALTER TABLE {quoted(table.name)} DROP COLUMN {quoted(column.name)}"
    return Built(
        expand=one(f"let code leave {column.name} out", eased) if eased else (),
        contract=one(f"drop {table.name}.{column.name}", *drops, drop),
        revert=one(f"{column.name} as it was", redefined(table, column.name, column.written)) if eased else (),
        old=((quoted(table.name), column.name, ""),),
    )
