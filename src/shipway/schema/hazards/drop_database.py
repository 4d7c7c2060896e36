"""DROP DATABASE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """In a migration."""
    if step.kind == "DropdbStmt":
        yield Found(
            what="It drops everything.",
            fix=("-- not in a migration: by hand, by somebody who has just made a backup",),
        )


HAZARD = Hazard(
    name="drop-database",
    title="DROP DATABASE",
    why="There is no way back, and no migration needs it.",
    squawk=("ban-drop-database",),
    kinds=("DropdbStmt",),
    find=find,
)
