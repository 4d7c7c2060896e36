"""`detach_partition`: leaves while everybody works, and comes back without a look at its rows."""

from collections.abc import Mapping

from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.dividing import ATTACH_MS, check_of, is_attached, is_leaving
from shipway.schema.table import Table

REQUIRED = ("table", "from")
OPTIONAL = ("schema",)
OTHERS = ("from",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """With a default partition PostgreSQL has no CONCURRENTLY; then it is an instant. Raises `Unfit`."""
    (parent,) = table.others
    part = table.partition
    if part is None or part.parent != parent.sql or not part.condition:
        raise Unfit(
            f"{table.name} is no partition of {parent.name} that can be detached and come back",
            where=where,
            why="It is none, or the one for rows that fit nowhere else.",
            fix="Name a partition and the table that it is from.",
        )
    check = check_of(table)
    drop = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {check}"
    add = f"ALTER TABLE {table.sql} ADD CONSTRAINT {check} CHECK ({part.condition}) NOT VALID"
    finalize = Batch(
        statements=(f"ALTER TABLE {parent.sql} DETACH PARTITION {table.sql} FINALIZE",),
        what=f"wait for those who still read {table.name} in {parent.name}",
        is_alone=True,
        needed=is_leaving(table),
    )
    back = f"ALTER TABLE {parent.sql} ATTACH PARTITION {table.sql} {part.bound}"
    return Built(
        expand=(
            Batch(statements=(drop, add), what=f"write down what fits into {table.name}"),
            Batch(
                statements=(f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {check}",),
                what=f"prove it, so that {table.name} can come back at once",
                is_long=True,
            ),
        ),
        finish=(_detaching(table, parent), finalize),
        contract=(Batch(statements=(drop,), what=f"drop the proof of {table.name}"),),
        revert=(
            finalize,
            Batch(
                statements=(back,),
                what=f"make {table.name} a part of {parent.name} again",
                needed=f"SELECT NOT ({is_attached(table)})",
                limit_ms=ATTACH_MS,
            ),
            Batch(statements=(drop,), what=f"drop the proof of {table.name}"),
        ),
    )


def _detaching(table: Table, parent: Table) -> Batch:
    detach, what = (
        f"ALTER TABLE {parent.sql} DETACH PARTITION {table.sql}",
        f"take {table.name} out of {parent.name}",
    )
    if parent.default_partition:
        return Batch(statements=(detach,), what=what)
    return Batch(
        statements=(f"{detach} CONCURRENTLY",),
        what=what,
        is_alone=True,
        needed=f"SELECT ({is_attached(table)}) AND NOT ({is_leaving(table)})",
    )
