"""DROP DEFAULT."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Of any column."""
    for one in alterations(step, "AT_ColumnDefault"):
        if not one.definition:
            yield Found(
                what=f"Code that leaves {quoted(one.column)} out of its INSERTs gets null from now on.",
                fix=("-- first let every running version name the column in its INSERTs",),
                table=one.name,
                at=one.command,
            )


HAZARD = Hazard(
    name="drop-default",
    title="DROP DEFAULT",
    why="Running code may rely on it.",
    lock=Lock.ACCESS_EXCLUSIVE,
    level=Level.ADVICE,
    squawk=("ban-drop-default",),
    kinds=("AlterTableStmt",),
    find=find,
)
