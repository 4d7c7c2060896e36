"""`set_not_null`: rows without a value get one, old code's too, and then none may be without."""

from collections.abc import Mapping

from shipway.schema.operations.built import Backfill, Batch, Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import expression
from shipway.schema.operations.requiring import proof, proven, required
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.rewrite import bound
from shipway.schema.table import Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema", "fill")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`fill` is what a null becomes, over the other columns. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    fill, name = expression(options, "fill", where=where), quoted(column.name)
    if column.is_required:
        raise Unfit(
            f"{column.name} is NOT NULL already", where=where, why="There is nothing to do.", fix="Leave it out."
        )
    if fill and not table.key:
        raise Unfit(
            f"{table.name} has no key", where=where, why="Its rows cannot be walked.", fix="Add a primary key."
        )
    trigger, function = _names(change)
    drop = (f"DROP TRIGGER IF EXISTS {trigger} ON {table.sql}", f"DROP FUNCTION IF EXISTS {function}()")
    missing = f"{name} IS NULL"
    return Built(
        dual_write=_filling(table, name, fill, change) if fill else (),
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


def _names(change: str) -> tuple[str, str]:
    return quoted(shortened(f"zz_shipway_{change}", "")), f"shipway.{quoted(shortened(change, '_sync'))}"


def _filling(table: Table, name: str, fill: str, change: str) -> tuple[Batch, ...]:
    """Old code writes nulls for as long as it runs; a trigger fills them."""
    trigger, function = _names(change)
    body = f"""
BEGIN
  IF NEW.{name} IS NULL THEN
    NEW.{name} := {bound(fill, "new")};
  END IF;
  RETURN NEW;
END
"""
    tag = "$shipway$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    make = (
        f"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table.sql}"
        f" FOR EACH ROW WHEN (NEW.{name} IS NULL) EXECUTE FUNCTION {function}()"
    )
    statements = (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag}",
        make,
        f"ALTER TABLE {table.sql} ENABLE ALWAYS TRIGGER {trigger}",
    )
    return (Batch(statements=statements, what=f"fill nulls of {name}"),)
