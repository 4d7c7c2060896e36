"""`add_primary_key`: its index is built while everybody works, and its columns are proven to be not null."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Check, Unfit
from shipway.schema.operations.options import columns, joined
from shipway.schema.operations.requiring import proof, proven, required
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.table import Table

REQUIRED = ("table", "columns")
OPTIONAL = ("schema", "name")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows that are equal make the build fail, and nothing is changed. Raises `Unfit`."""
    words = columns(options, "columns", table, where=where)
    if any(one.kind == "p" for one in table.constraints):
        raise Unfit(f"{table.name} has a primary key", where=where, why="A table has one.", fix="Leave it out.")
    loose = tuple(word for word in words if word not in {one.name for one in table.columns if one.is_required})
    plain = options.get("name") or shortened(table.name, "_pkey")
    name, own = quoted(plain), f"{quoted(table.schema)}.{quoted(plain)}"
    make = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table.sql} ({joined(words)})"
    take = f"ALTER TABLE {table.sql} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}"
    nulls = " OR ".join(f"{quoted(word)} IS NULL" for word in loose)
    return Built(
        expand=(Batch(statements=(make,), what=f"build the index {plain}", is_long=True, builds=own),),
        finish=(
            *(batch for word in loose for batch in proven(table, word)),
            Batch(
                statements=(*(text for word in loose for text in required(table, word)), take),
                what=f"make {plain} the primary key",
            ),
        ),
        verify=(
            Check(
                what=f"{', '.join(loose)} of {table.name} are not null",
                query=f"SELECT count(*) FROM {table.sql} WHERE {nulls}",
            ),
        )
        if loose
        else (),
        revert=(
            Batch(statements=_undone(table, name, loose), what=f"drop {plain}", undoes=("finish", 2 * len(loose))),
            *_unproven(table, loose),
            Batch(
                statements=(f"DROP INDEX CONCURRENTLY IF EXISTS {own}",),
                what=f"drop {plain}",
                is_alone=True,
                undoes=("expand", 0),
            ),
        ),
    )


def _undone(table: Table, name: str, loose: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {name}",
        *(f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(word)} DROP NOT NULL" for word in loose),
    )


def _unproven(table: Table, loose: tuple[str, ...]) -> tuple[Batch, ...]:
    drops = tuple(f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {proof(table, word)}" for word in loose)
    return (Batch(statements=drops, what=f"drop the proofs of {', '.join(loose)}"),) if drops else ()
