"""`add_column`: at once where the default is a constant, else filled in batches and by a trigger."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import absent, expression, filled, one, redefined
from shipway.schema.dialects.sqlite.text import is_expression, quoted
from shipway.schema.operations.add_column import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.options import switch
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """The default of a column that is there already may be any expression, so it gets it after. Raises `Unfit`."""
    name, kind, default = options["column"], options["type"], expression(options, "default", where=where)
    is_required = switch(options, "required", where=where)
    absent(table, name, where=where)
    if (is_required and not default) or not is_expression(kind):
        raise Unfit(
            f"{name} is required and has no default, or its type is none",
            where=where,
            why="Old code does not know it, so its INSERTs would fail.",
            fix="Add `default: …`, or leave out `required`.",
        )
    own, at = quoted(table.name), quoted(name)
    plain = f"{at} {kind}"
    whole = f"{plain} DEFAULT ({default})" if default else plain
    add = (f"ALTER TABLE {own} ADD COLUMN {plain}", *((redefined(table, name, whole),) if default else ()))
    return Built(
        expand=one(f"add {table.name}.{name}", *add),
        backfill=filled(table, f"{at} = {default}", f"{at} IS NULL") if default else None,
        contract=one(f"require {name}", redefined(table, name, f"{whole} NOT NULL")) if is_required else (),
        revert=one(f"drop {table.name}.{name}", f"ALTER TABLE {own} DROP COLUMN {at}"),
    )
