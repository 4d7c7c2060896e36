"""`add_column`: a new column, with a default that costs nothing, and required only when every row has a value."""

from collections.abc import Mapping

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.options import expression, switch, type_of
from shipway.schema.operations.requiring import proven, required
from shipway.schema.sql.names import quoted
from shipway.schema.sql.volatile import is_stable_text
from shipway.schema.table import Table

REQUIRED = ("table", "column", "type")
OPTIONAL = ("schema", "default", "required")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """A default that may differ from row to row is filled in batches. Raises `Unfit`."""
    name, column = options["column"], quoted(options["column"])
    kind, default = type_of(options, "type", where=where), expression(options, "default", where=where)
    is_required = switch(options, "required", where=where)
    _fit(table, name, default, is_required=is_required, where=where)
    is_stable = not default or is_stable_text(default)
    if not is_stable and not table.key:
        raise Unfit(
            f"{table.name} has no key", where=where, why="Its rows cannot be walked.", fix="Add a primary key."
        )
    add = f"ALTER TABLE {table.sql} ADD COLUMN {column} {kind}"
    late = (f"ALTER TABLE {table.sql} ALTER COLUMN {column} SET DEFAULT {default}",)
    statements = (f"{add} DEFAULT {default}" if default else add,) if is_stable else (add, *late)
    return Built(
        expand=(Batch(statements=statements, what=f"add {table.name}.{name}"),),
        backfill=None if is_stable else _filling(table, column, default),
        finish=proven(table, name) if is_required else (),
        verify=(
            Check(
                what=f"{table.name}.{name} has a value",
                query=f"SELECT count(*) FROM {table.sql} WHERE {column} IS NULL",
            ),
        )
        if is_required
        else (),
        contract=(Batch(statements=required(table, name), what=f"require {name}"),) if is_required else (),
        revert=(
            Batch(
                statements=(f"ALTER TABLE {table.sql} DROP COLUMN IF EXISTS {column}",),
                what=f"drop {table.name}.{name}",
            ),
        ),
    )


def _fit(table: Table, name: str, default: str, *, is_required: bool, where: str) -> None:
    if table.column(name) is not None:
        raise Unfit(f"{table.name} has a column {name}", where=where, why="It is there.", fix="Take another name.")
    if is_required and not default:
        raise Unfit(
            f"{name} is required and has no default",
            where=where,
            why="Old code does not know it, so its INSERTs would fail.",
            fix="Add `default: …`, or leave out `required`.",
        )


def _filling(table: Table, column: str, default: str) -> Backfill:
    return Backfill(
        table=table.sql,
        key=tuple(quoted(word) for word in table.key),
        assignment=f"{column} = {default}",
        missing=f"{column} IS NULL",
        rows=table.rows,
    )
