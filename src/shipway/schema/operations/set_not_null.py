"""`set_not_null`: rows without a value get one, old code's too, and then none may be without."""

from collections.abc import Mapping

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression
from shipway.schema.operations.requiring import proof, proven, required
from shipway.schema.operations.triggering import Trigger
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import bound
from shipway.schema.table import Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema", "backfill")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`backfill` is what a null becomes, over the other columns. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    fill, name = expression(options, "backfill", where=where), quoted(column.name)
    if column.is_required:
        raise Unfit(
            f"{column.name} is NOT NULL already", where=where, why="There is nothing to do.", fix="Leave it out."
        )
    if fill and not table.key:
        raise Unfit(
            f"{table.name} has no key", where=where, why="Its rows cannot be walked.", fix="Add a primary key."
        )
    filling = _filling(table, name, fill, change)
    drop = filling.undone
    missing = f"{name} IS NULL"
    return Built(
        dual_write=(Batch(statements=filling.made, what=f"fill nulls of {name}"),) if fill else (),
        backfill=Backfill(
            table=table.sql,
            key=tuple(quoted(word) for word in table.key),
            assignment=f"{name} = {fill}",
            missing=missing,
            rows=table.rows,
        )
        if fill
        else None,
        finish=proven(table, column.name),
        verify=(
            Check(
                what=f"{table.name}.{column.name} has a value",
                query=f"SELECT count(*) FROM {table.sql} WHERE {missing}",
            ),
        ),
        contract=(Batch(statements=(*required(table, column.name), *drop), what=f"require {column.name}"),),
        revert=(
            Batch(
                statements=(
                    f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {proof(table, column.name)}",
                    *drop,
                ),
                what=f"let {column.name} be null again",
            ),
        ),
    )


def _filling(table: Table, name: str, fill: str, change: str) -> Trigger:
    """Old code writes nulls for as long as it runs; a trigger fills them."""
    missing = f"NEW.{name} IS NULL"
    value = bound(fill, "new") if fill else "NULL"
    body = f"""
BEGIN
  IF {missing} THEN
    NEW.{name} := {value};
  END IF;
  RETURN NEW;
END
"""
    return Trigger(change=change, table=table.sql, body=body, condition=missing)
