"""`attach_partition`: a table becomes a part of another one, and what proves that it fits is read beforehand."""

from collections.abc import Mapping

from shipway.schema.operations.bounds import condition_of
from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.dividing import ATTACH_MS, check_of, is_attached
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import same_index
from shipway.schema.table import Constraint, Table

REQUIRED = ("table", "to", "bound")
OPTIONAL = ("schema",)
OTHERS = ("to",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`bound` is what stands behind FOR VALUES. Raises `Unfit`."""
    (parent,) = table.others
    if table.partition is not None:
        why = f"It is a part of {table.partition.parent}."
        raise Unfit(f"{table.name} is a partition already", where=where, why=why, fix="Leave it out.")
    _fit(table, parent, where=where)
    condition = condition_of(options["bound"], parent, where=where)
    check = check_of(table)
    drop = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {check}"
    add = f"ALTER TABLE {table.sql} ADD CONSTRAINT {check} CHECK ({condition}) NOT VALID"
    attach = f"ALTER TABLE {parent.sql} ATTACH PARTITION {table.sql} FOR VALUES {options['bound']}"
    detach = f"ALTER TABLE {parent.sql} DETACH PARTITION {table.sql}"
    return Built(
        finish=(
            Batch(statements=(drop, add), what=f"refuse rows in {table.name} that do not fit"),
            Batch(
                statements=(f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {check}",),
                what=f"look for rows in {table.name} that do not fit",
                is_long=True,
            ),
            Batch(
                statements=(attach, drop),
                what=f"make {table.name} a part of {parent.name}",
                limit_ms=ATTACH_MS,
            ),
        ),
        revert=(
            Batch(
                statements=(detach,),
                what=f"take {table.name} out of {parent.name}",
                needed=is_attached(table),
            ),
            Batch(statements=(drop,), what=f"drop the proof of {table.name}"),
        ),
    )


def _fit(table: Table, parent: Table, *, where: str) -> None:
    """What the parent has and the part has not would be built or looked through under a lock."""
    if not parent.divided:
        why = f"{parent.name} is divided by nothing."
        raise Unfit(f"{parent.name} has no partitions", where=where, why=why, fix="Name the table that has.")
    for index in parent.indexes:
        if not any(same_index(index.definition, own.definition) for own in table.indexes):
            raise Unfit(
                f"{table.name} has no index like {index.name} of {parent.name}",
                where=where,
                why="PostgreSQL would build it under a lock.",
                fix=f"Add it first, by a change of its own: {index.definition}.",
            )
    for key in (one for one in parent.constraints if one.kind in "puf" and not one.is_incoming):
        if not any(_is_same(key, own) for own in table.constraints):
            raise Unfit(
                f"{table.name} has no constraint like {key.name} of {parent.name}",
                where=where,
                why="PostgreSQL would look through all rows for it under a lock.",
                fix=f"Add it first, by a change of its own: {quoted(key.name)} {key.definition}.",
            )


def _is_same(one: Constraint, other: Constraint) -> bool:
    return (one.kind, one.definition) == (other.kind, other.definition) and not other.is_incoming
