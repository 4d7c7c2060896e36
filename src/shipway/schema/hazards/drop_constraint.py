"""DROP CONSTRAINT."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Of a table in use; not of one that only proved a column to be not null."""
    for one in alterations(step, "AT_DropConstraint"):
        yield Found(
            what=f"From now on nothing refuses rows that {quoted(one.column)} refused, and they stay.",
            fix=("-- fine when the code keeps the rule itself, or nothing needs it any more",),
            table=one.name,
            at=one.command,
        )


HAZARD = Hazard(
    name="drop-constraint",
    title="DROP CONSTRAINT",
    why="The lock is short. Rows that break the rule may come in, and then the constraint cannot come back.",
    lock=Lock.ACCESS_EXCLUSIVE,
    level=Level.ADVICE,
    squawk=("ban-drop-constraint",),
    kinds=("AlterTableStmt",),
    find=find,
)
