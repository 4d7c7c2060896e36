"""TRUNCATE … CASCADE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock


def find(step: Step) -> Iterator[Found]:
    """It empties every table that points here."""
    if step.kind == "TruncateStmt" and step.node.text("behavior") == "DROP_CASCADE":
        yield Found(
            what="It also empties every table with a foreign key to this one, and those that point to them.",
            fix=("-- name each table that is meant, without CASCADE",),
        )


HAZARD = Hazard(
    name="truncate-cascade",
    title="TRUNCATE … CASCADE",
    why="Which tables lose their rows is decided by foreign keys that the migration does not show.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("ban-truncate-cascade",),
    kinds=("TruncateStmt",),
    find=find,
)
