"""`drop_not_null`: new code may write nulls at once; the way back proves first that there are none."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.requiring import proof, proven
from shipway.schema.sql.names import quoted
from shipway.schema.table import Column, Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    _fit(table, column, where=where)
    target = f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)}"
    back = f"ALTER TABLE {table.sql} DROP CONSTRAINT {proof(table, column.name)}"
    nulls = f"SELECT count(*) FROM {table.sql} WHERE {quoted(column.name)} IS NULL"
    return Built(
        expand=(Batch(statements=(f"{target} DROP NOT NULL",), what=f"let {table.name}.{column.name} be null"),),
        reversible=(Check(what=f"{table.name}.{column.name} has a value", query=nulls),),
        revert=(
            *proven(table, column.name),
            Batch(statements=(_required(table, column), back), what=f"require {table.name}.{column.name} again"),
        ),
    )


def _required(table: Table, column: Column) -> str:
    """Since 18 it is a constraint with a name, which may be the user's own."""
    names = [one.name for one in table.constraints if one.kind == "n" and one.columns == (column.name,)]
    if names:
        return f"ALTER TABLE {table.sql} ADD CONSTRAINT {quoted(names[0])} NOT NULL {quoted(column.name)}"
    return f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)} SET NOT NULL"


def _fit(table: Table, column: Column, *, where: str) -> None:
    is_key = any(
        one.kind == "p" and not one.is_incoming and column.name in one.columns for one in table.constraints
    )
    reasons = {
        "it may be null already": not column.is_required,
        "the primary key needs it": is_key,
        "it is an identity": bool(column.identity),
    }
    found = [why for why, is_so in reasons.items() if is_so]
    if found:
        raise Unfit(
            f"{table.name}.{column.name} cannot be let null",
            where=where,
            why=f"{found[0][0].upper()}{found[0][1:]}.",
            fix="Leave it out.",
        )
