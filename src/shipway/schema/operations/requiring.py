"""How a column is made NOT NULL without a scan under a lock: a proof first."""

from shipway.schema.operations.built import Batch
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.table import Table


def proof(table: Table, column: str) -> str:
    """The constraint that proves it, in SQL."""
    return quoted(shortened(f"{table.name}_{column}", "_shipway"))


def proven(table: Table, column: str) -> tuple[Batch, ...]:
    """New rows are refused at once, old ones are looked at while everybody works."""
    name, check = proof(table, column), f"CHECK ({quoted(column)} IS NOT NULL) NOT VALID"
    drop = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {name}"
    add = f"ALTER TABLE {table.sql} ADD CONSTRAINT {name} {check}"
    validate = f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {name}"
    return (
        Batch(statements=(drop, add), what=f"refuse nulls in {column}"),
        Batch(statements=(validate,), what=f"look for nulls in {column}", is_long=True),
    )


def required(table: Table, column: str, *, name: str = "") -> tuple[str, ...]:
    """An instant, since PostgreSQL believes the proof. Since 18 it may have a name."""
    named = f"ALTER TABLE {table.sql} ADD CONSTRAINT {quoted(name)} NOT NULL {quoted(column)}"
    return (
        named if name else f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column)} SET NOT NULL",
        f"ALTER TABLE {table.sql} DROP CONSTRAINT {proof(table, column)}",
    )
