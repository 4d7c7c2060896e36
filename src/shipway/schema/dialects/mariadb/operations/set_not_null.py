"""`set_not_null`: rows without a value get one, old code's too, and then none may be without."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import has_column, trigger, without_trigger, written_anew
from shipway.schema.dialects.mariadb.columns import defined
from shipway.schema.dialects.mariadb.fitting import plain, walked
from shipway.schema.dialects.mariadb.names import quoted, shortened, table_name
from shipway.schema.dialects.mariadb.reading import bound, expression
from shipway.schema.operations.built import Backfill, Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.set_not_null import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]
EVENTS = ("INSERT", "UPDATE")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`backfill` is what a null becomes, over the other columns. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    fill, name = expression(options, "backfill", where=where), quoted(column.name)
    plain(table, column, where=where)
    if column.is_required:
        raise Unfit(
            f"{column.name} is NOT NULL already", where=where, why="There is nothing to do.", fix="Leave it out."
        )
    if fill:
        walked(table, where=where)
    missing = f"{name} IS NULL"
    triggers = {event: shortened(f"shipway_{change}", f"_{event.lower()}") for event in EVENTS}
    gone = tuple(without_trigger(table, one) for one in triggers.values()) if fill else ()
    body = f"IF NEW.{name} IS NULL THEN SET NEW.{name} = {bound(fill, table, row='NEW')}; END IF" if fill else ""
    require = written_anew(
        f"require {column.name}",
        table,
        f"MODIFY COLUMN {name} {defined(column, is_required=True)}",
        proof=has_column(table, column.name, condition="IS_NULLABLE = 'NO'"),
    )
    query = f"SELECT count(*) FROM {table_name(table)} WHERE {missing}"
    return Built(
        dual_write=tuple(trigger(table, own, event, body) for event, own in triggers.items()) if fill else (),
        backfill=_filling(table, name, fill, missing) if fill else None,
        verify=(Check(what=f"{table.name}.{column.name} has a value", query=query),),
        contract=(require, *gone),
        revert=gone,
    )


def _filling(table: Table, name: str, fill: str, missing: str) -> Backfill:
    kept = "".join(f", {quoted(one.name)} = {quoted(one.name)}" for one in table.columns if one.is_touched)
    return Backfill(
        table=table_name(table),
        key=tuple(quoted(word) for word in table.key),
        assignment=f"{name} = {fill}{kept}",
        missing=missing,
        rows=table.rows,
    )
