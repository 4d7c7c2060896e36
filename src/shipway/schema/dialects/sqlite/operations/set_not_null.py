"""`set_not_null`: rows without a value get one, old code's too, and then none may be without."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import changeable, expression, filled, one, redefined
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.operations.built import Built, Check, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.set_not_null import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`backfill` is what a null becomes, over the other columns. Raises `Unfit`."""
    column, fill = column_of(table, options["column"], where=where), expression(options, "backfill", where=where)
    changeable(table, column, where=where)
    if column.is_required:
        raise Unfit(
            f"{column.name} is NOT NULL already", where=where, why="There is nothing to do.", fix="Leave it out."
        )
    own, name = quoted(table.name), quoted(column.name)
    missing = f"{name} IS NULL"
    row = " AND ".join(f"{quoted(word)} IS NEW.{quoted(word)}" for word in table.key)
    triggers = {event: quoted(f"shipway_{change}_{event.lower()}") for event in ("INSERT", "UPDATE")}
    body = f"WHEN NEW.{name} IS NULL BEGIN UPDATE {own} SET {name} = {fill} WHERE {row} AND {missing}; END"
    drops = tuple(f"DROP TRIGGER IF EXISTS {trigger}" for trigger in triggers.values())
    makes = (f"CREATE TRIGGER {trigger} AFTER {event} ON {own} {body}" for event, trigger in triggers.items())
    query = f"SELECT count(*) FROM {own} WHERE {missing}"
    return Built(
        dual_write=one(f"fill nulls of {column.name}", *makes) if fill else (),
        backfill=filled(table, f"{name} = {fill}", missing) if fill else None,
        verify=(Check(what=f"{table.name}.{column.name} has a value", query=query),),
        contract=one(
            f"require {column.name}", *drops, redefined(table, column.name, f"{column.written} NOT NULL")
        ),
        revert=one(f"let {column.name} be null again", *drops),
    )
