"""DROP … CASCADE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock

DROPS = ("AT_DropColumn", "AT_DropConstraint")


def find(step: Step) -> Iterator[Found]:
    """It takes along whatever depends on it."""
    is_drop = step.kind == "DropStmt" and step.node.text("behavior") == "DROP_CASCADE"
    parts = [one for one in alterations(step, *DROPS) if one.command.text("behavior") == "DROP_CASCADE"]
    if is_drop or parts:
        yield Found(
            what="It also drops views, foreign keys and functions that depend on it, and does not say which.",
            fix=("-- without CASCADE PostgreSQL lists what depends on it; drop each by name, in order",),
            at=parts[0].command if parts else None,
        )


HAZARD = Hazard(
    name="cascade",
    title="DROP … CASCADE",
    why="What goes along is decided by what the database happens to hold, and each of it is locked too.",
    lock=Lock.ACCESS_EXCLUSIVE,
    kinds=(
        "AlterTableStmt",
        "DropStmt",
    ),
    find=find,
)
