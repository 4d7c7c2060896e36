"""`add_unique`: its index is built while everybody works, and then taken over."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built
from shipway.schema.operations.options import columns, joined
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.table import Table

REQUIRED = ("table", "columns")
OPTIONAL = ("schema", "name")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows that are equal make the build fail, and nothing is changed. Raises `Unfit`."""
    words = columns(options, "columns", table, where=where)
    plain = options.get("name") or shortened(f"{table.name}_{'_'.join(words)}", "_key")
    name, own = quoted(plain), f"{quoted(table.schema)}.{quoted(plain)}"
    make = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table.sql} ({joined(words)})"
    take = f"ALTER TABLE {table.sql} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
    drop = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {name}"
    return Built(
        expand=(Batch(statements=(make,), what=f"build the index {plain}", is_long=True, builds=own),),
        finish=(Batch(statements=(take,), what=f"make {plain} a constraint"),),
        revert=(
            Batch(statements=(drop,), what=f"drop {plain}", undoes=("finish", 0)),
            Batch(
                statements=(f"DROP INDEX CONCURRENTLY IF EXISTS {own}",),
                what=f"drop {plain}",
                is_alone=True,
                undoes=("expand", 0),
            ),
        ),
    )
