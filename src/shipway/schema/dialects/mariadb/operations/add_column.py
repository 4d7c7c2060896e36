"""`add_column`: a new column, with a default that costs nothing, and required only when every row has a value."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import has_column, has_not, instant, written_anew
from shipway.schema.dialects.mariadb.fitting import absent, walked
from shipway.schema.dialects.mariadb.names import quoted, table_name
from shipway.schema.dialects.mariadb.reading import expression, is_constant, type_of
from shipway.schema.operations.add_column import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.options import switch
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """A default that is no constant is filled in batches: MariaDB would copy the table for it. Raises `Unfit`."""
    name, kind = options["column"], type_of(options, "type", where=where)
    default, is_required = expression(options, "default", where=where), switch(options, "required", where=where)
    absent(table, name, where=where)
    if is_required and not default:
        raise Unfit(
            f"{name} is required and has no default",
            where=where,
            why="Old code does not know it, so its INSERTs would fail.",
            fix="Add `default: …`, or leave out `required`.",
        )
    gone = has_not(has_column(table, name))
    revert = (instant(f"drop {table.name}.{name}", table, f"DROP COLUMN IF EXISTS {quoted(name)}", proof=gone),)
    if not default or is_constant(default):
        null = "NOT NULL" if is_required else "NULL"
        text = f"ADD COLUMN {quoted(name)} {kind} {null}" + (f" DEFAULT {default}" if default else "")
        add = instant(f"add {table.name}.{name}", table, text, proof=has_column(table, name))
        return Built(expand=(add,), revert=revert)
    walked(table, where=where)
    return Built(
        expand=_with_default(table, name, kind, default),
        backfill=_filling(table, name, default),
        verify=_check(table, name) if is_required else (),
        contract=_required(table, name, f"{kind} NOT NULL DEFAULT ({default})") if is_required else (),
        revert=revert,
    )


def _with_default(table: Table, name: str, kind: str, default: str) -> tuple[Batch, ...]:
    add = f"ADD COLUMN {quoted(name)} {kind} NULL"
    late = f"ALTER COLUMN {quoted(name)} SET DEFAULT ({default})"
    has_default = has_column(table, name, condition="COLUMN_DEFAULT <> 'NULL'")
    return (
        instant(f"add {table.name}.{name}", table, add, proof=has_column(table, name)),
        instant(f"default of {name} for new rows", table, late, proof=has_default),
    )


def _filling(table: Table, name: str, default: str) -> Backfill:
    kept = "".join(f", {quoted(one.name)} = {quoted(one.name)}" for one in table.columns if one.is_touched)
    return Backfill(
        table=table_name(table),
        key=tuple(quoted(word) for word in table.key),
        assignment=f"{quoted(name)} = {default}{kept}",
        missing=f"{quoted(name)} IS NULL",
        rows=table.rows,
    )


def _check(table: Table, name: str) -> tuple[Check, ...]:
    query = f"SELECT count(*) FROM {table_name(table)} WHERE {quoted(name)} IS NULL"
    return (Check(what=f"{table.name}.{name} has a value", query=query),)


def _required(table: Table, name: str, definition: str) -> tuple[Batch, ...]:
    proof = has_column(table, name, condition="IS_NULLABLE = 'NO'")
    return (written_anew(f"require {name}", table, f"MODIFY COLUMN {quoted(name)} {definition}", proof=proof),)
