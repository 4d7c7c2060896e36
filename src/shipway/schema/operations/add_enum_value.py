"""`add_enum_value`: there at once; PostgreSQL cannot drop it, so the way back is that no row may have it."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.sql.names import literal, quoted, shortened
from shipway.schema.table import Column, Table
from shipway.spec.nearest import listed

REQUIRED = ("table", "column", "value")
OPTIONAL = ("schema", "before", "after")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`column` is one of the type that gets the value. Raises `Unfit`."""
    column, value = column_of(table, options["column"], where=where), options["value"]
    barred = shortened(f"{table.name}_{column.name}_{value}", "_barred")
    is_barred = any(one.name == barred for one in table.constraints)
    _fit(table, column, options, is_barred=is_barred, where=where)
    place = "".join(f" {word.upper()} {literal(options[word])}" for word in ("before", "after") if word in options)
    own, name = quoted(barred), quoted(column.name)
    free = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {own}"
    bar = f"ALTER TABLE {table.sql} ADD CONSTRAINT {own} CHECK ({name}::text <> {literal(value)}) NOT VALID"
    add = f"ALTER TYPE {column.type} ADD VALUE IF NOT EXISTS {literal(value)}{place}"
    known = f"SELECT {literal(value)} = ANY (enum_range(NULL::{column.type})::text[])"
    told = f"let no row of {table.name} have {value}, since PostgreSQL cannot drop a value"
    return Built(
        expand=(
            Batch(
                statements=(*((free,) if is_barred else ()), add),
                what=f"let {column.type} be {value}",
            ),
        ),
        reversible=(
            Check(
                what=f"no row of {table.name} has {value}",
                query=f"SELECT count(*) FROM {table.sql} WHERE {name}::text = {literal(value)}",
            ),
        ),
        revert=(
            Batch(statements=(free, bar), what=told, needed=known),
            Batch(
                statements=(f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {own}",),
                what=f"look for {value} in {table.name}",
                needed=known,
                is_long=True,
            ),
        ),
    )


def _fit(table: Table, column: Column, options: Mapping[str, str], *, is_barred: bool, where: str) -> None:
    value = options["value"]
    if not column.labels:
        raise Unfit(
            f"{table.name}.{column.name} is no enum",
            where=where,
            why=f"It is {column.type}.",
            fix="Name a column of the type that gets the value.",
        )
    if value in column.labels and not is_barred:
        raise Unfit(f"{column.type} has {value}", where=where, why="It is there.", fix="Leave it out.")
    beside = [options[word] for word in ("before", "after") if word in options]
    if len(beside) > 1 or any(word not in column.labels for word in beside):
        raise Unfit(
            f"{value} has no place in {column.type}",
            where=where,
            why=f"`before` or `after` is one of {listed(column.labels)}.",
            fix="Name one of these, or neither for the end.",
        )
