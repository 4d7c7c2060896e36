"""DROP NOT NULL."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Readers that never met a null."""
    for one in alterations(step, "AT_DropNotNull"):
        yield Found(
            what=f"Running code that reads {quoted(one.column)} has never met a null in it.",
            fix=("-- first ship code that reads nulls, then, in a later migration:", f"{step.statement.text};"),
            table=one.name,
            at=one.command,
        )


HAZARD = Hazard(
    name="drop-not-null",
    title="DROP NOT NULL",
    why="The lock is short. What breaks is code that is running and does not expect a null.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("ban-drop-not-null",),
    kinds=("AlterTableStmt",),
    find=find,
)
