"""DROP TRIGGER."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock


def find(step: Step) -> Iterator[Found]:
    """On any table."""
    if step.kind == "DropStmt" and step.node.text("remove_type") == "OBJECT_TRIGGER":
        yield Found(
            what="It waits for everybody who uses the table, and everybody else waits behind it.",
            fix=("SET lock_timeout = '50ms';  -- and try again when it runs out", f"{step.statement.text};"),
        )


HAZARD = Hazard(
    name="drop-trigger",
    title="DROP TRIGGER",
    why="It takes an ACCESS EXCLUSIVE lock, for an instant. A trigger that fills a column is dropped in the same "
    "transaction as the column, or writes in between fail.",
    lock=Lock.ACCESS_EXCLUSIVE,
    level=Level.ADVICE,
    kinds=("DropStmt",),
    find=find,
)
