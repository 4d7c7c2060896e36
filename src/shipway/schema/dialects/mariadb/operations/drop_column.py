"""`drop_column`: new code can leave it out first, and it goes when nobody uses it."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import NOCOPY, altered, has_column, has_not, instant
from shipway.schema.dialects.mariadb.fitting import plain
from shipway.schema.dialects.mariadb.names import quoted, table_name
from shipway.schema.dialects.mariadb.reading import expression
from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.drop_column import OPTIONAL, REQUIRED
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Column, Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`default` is what rows of new code get meanwhile, where the column is required. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    default, name = expression(options, "default", where=where), quoted(column.name)
    plain(table, column, where=where)
    _fit(table, column, default, where=where)
    without = has_column(table, column.name, condition="COLUMN_DEFAULT IS NULL")
    begin = instant(
        f"let code leave {column.name} out",
        table,
        f"ALTER COLUMN {name} SET DEFAULT {default}",
        proof=has_not(without),
    )
    back = instant(
        f"take the default of {column.name} away", table, f"ALTER COLUMN {name} DROP DEFAULT", proof=without
    )
    return Built(
        expand=(begin,) if default else (),
        contract=(_dropped(table, column),),
        revert=(back,) if default else (),
        old=((table_name(table), column.name, ""),),
    )


def _dropped(table: Table, column: Column) -> Batch:
    own = [one for one in table.indexes if column.name in one.columns]
    parts = (*(f"DROP INDEX {quoted(one.name)}" for one in own), f"DROP COLUMN {quoted(column.name)}")
    return Batch(
        statements=(altered(table, *parts, algorithm=NOCOPY if own else "INSTANT"),),
        what=f"drop {table.name}.{column.name}",
        proof=has_not(has_column(table, column.name)),
    )


def _fit(table: Table, column: Column, default: str, *, where: str) -> None:
    if column.is_required and not (column.default or default):
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
    wide = [one.name for one in table.indexes if column.name in one.columns and len(one.columns) > 1]
    held = [one.name for one in table.constraints if column.name in one.columns and one.name != column.name]
    for name in (*wide, *held):
        raise Unfit(
            f"{name} needs {column.name}",
            where=where,
            why="It is over several columns, or a constraint: it would go too, or keep the column.",
            fix=f"Build what takes its place, and drop {name} first.",
        )
