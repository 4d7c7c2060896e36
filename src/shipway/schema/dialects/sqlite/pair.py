"""Two columns that mean the same, kept equal by two triggers. In the end the copy goes, and the old one takes
its name.

SQLite's triggers cannot change a row before it is written, so they write it once more. Values are exchanged
at the end rather than columns: indexes, keys and checks stay where they are, and the table is as if it had
been made so.
"""

from dataclasses import dataclass

from shipway.schema.dialects.sqlite.editing import absent, changeable, filled, one, redefined
from shipway.schema.dialects.sqlite.text import quoted, retyped, without_null
from shipway.schema.operations.built import Batch, Built, Check
from shipway.schema.operations.pair import SAMPLE_MAX
from shipway.schema.table import Column, Table


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An old column of a table and what takes its place."""

    change: str
    table: Table
    old: Column
    new: str
    type: str
    up: str
    down: str
    final: str
    """The name that remains."""

    def trigger(self, event: str) -> str:
        """Its name, in SQL."""
        return quoted(f"shipway_{self.change}_{event.lower()}")


def fit(pair: Pair, *, where: str) -> None:
    """Raises `Unfit`."""
    changeable(pair.table, pair.old, where=where)
    absent(pair.table, pair.new, where=where)


def built(pair: Pair) -> Built:
    """Its SQL for every phase."""
    table, new = quoted(pair.table.name), quoted(pair.new)
    wrong = f"{new} IS NOT ({pair.up})"
    key = ", ".join(quoted(word) for word in pair.table.key)
    is_blocking = pair.old.is_required and not pair.old.default
    loosened = (redefined(pair.table, pair.old.name, without_null(pair.old.written)),) if is_blocking else ()
    drops = tuple(f"DROP TRIGGER IF EXISTS {pair.trigger(event)}" for event in ("INSERT", "UPDATE"))
    back = (redefined(pair.table, pair.old.name, pair.old.written),) if is_blocking else ()
    return Built(
        expand=one(
            f"add {pair.table.name}.{pair.new}", f"ALTER TABLE {table} ADD COLUMN {new} {pair.type}", *loosened
        ),
        dual_write=_triggers(pair),
        backfill=filled(pair.table, f"{new} = {pair.up}", wrong),
        verify=(
            Check(
                what=f"{pair.table.name}.{pair.new} is what {pair.old.name} says",
                query=f"SELECT count(*) FROM {table} WHERE {wrong}",
                sample=f"SELECT {key} FROM {table} WHERE {wrong} LIMIT {SAMPLE_MAX}",
            ),
        ),
        contract=_contract(pair, drops),
        revert=one(f"drop {pair.table.name}.{pair.new}", *drops, f"ALTER TABLE {table} DROP COLUMN {new}", *back),
        old=((table, pair.old.name, pair.final),),
    )


def _triggers(pair: Pair) -> tuple[Batch, ...]:
    table, old, new = quoted(pair.table.name), quoted(pair.old.name), quoted(pair.new)
    row = " AND ".join(f"{quoted(word)} IS NEW.{quoted(word)}" for word in pair.table.key)
    up = f"UPDATE {table} SET {new} = {pair.up} WHERE {row} AND {new} IS NOT ({pair.up})"
    down = f"UPDATE {table} SET {old} = {pair.down} WHERE {row} AND {new} IS NOT ({pair.up})"
    on_insert = f"{up} AND {new} IS NULL; {down} AND {new} IS NOT NULL;"
    on_update = f"{down} AND OLD.{new} IS NOT NEW.{new}; {up} AND OLD.{new} IS NEW.{new};"
    make = f"CREATE TRIGGER {{}} AFTER {{}} ON {table} BEGIN {{}} END"
    return one(
        f"keep {pair.old.name} and {pair.new} equal",
        make.format(pair.trigger("INSERT"), "INSERT", on_insert),
        make.format(pair.trigger("UPDATE"), f"UPDATE OF {old}, {new}", on_update),
    )


def _contract(pair: Pair, drops: tuple[str, ...]) -> tuple[Batch, ...]:
    table, old, new = quoted(pair.table.name), quoted(pair.old.name), quoted(pair.new)
    definition = pair.old.written if pair.type == pair.old.type else retyped(pair.old.written, pair.type)
    moved = () if pair.up == old else (f"UPDATE {table} SET {old} = {new} WHERE {old} IS NOT {new}",)
    named = () if pair.final == pair.old.name else (f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}",)
    return one(
        f"drop the old {pair.table.name}.{pair.old.name}",
        *drops,
        *moved,
        f"ALTER TABLE {table} DROP COLUMN {new}",
        redefined(pair.table, pair.old.name, definition),
        *named,
    )
