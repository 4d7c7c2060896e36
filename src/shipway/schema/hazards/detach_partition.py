"""DETACH PARTITION."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import relation

CONCURRENTLY_SINCE = 14


def find(step: Step) -> Iterator[Found]:
    """Without CONCURRENTLY, which there is since 14."""
    for one in alterations(step, "AT_DetachPartition"):
        if not one.definition.flag("concurrent") and step.server.version >= CONCURRENTLY_SINCE:
            part = relation(one.definition.node("name"))
            yield Found(
                what=f"Everybody who uses {one.table} waits behind it.",
                fix=(
                    "-- outside of a transaction",
                    f"ALTER TABLE {one.table} DETACH PARTITION {part} CONCURRENTLY;",
                ),
                table=one.name,
                at=one.definition.node("name"),
            )


HAZARD = Hazard(
    name="detach-partition",
    title="DETACH PARTITION without CONCURRENTLY",
    why="It takes an ACCESS EXCLUSIVE lock on the whole partitioned table.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("require-concurrent-partition-detach",),
    kinds=("AlterTableStmt",),
    find=find,
)
