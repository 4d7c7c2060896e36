"""ALTER COLUMN … IDENTITY."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted

KINDS = ("AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity")


def find(step: Step) -> Iterator[Found]:
    """Added, changed or dropped on a table in use."""
    for one in alterations(step, *KINDS):
        yield Found(
            what=f"Where {quoted(one.column)} gets its numbers from changes at once, for old code too.",
            fix=("-- a new sequence begins at 1: set it above the largest number that is there",),
            table=one.name,
            at=one.command,
        )


HAZARD = Hazard(
    name="alter-identity",
    title="ALTER COLUMN … IDENTITY",
    why="GENERATED ALWAYS refuses INSERTs that name the column, and a sequence that begins below the largest "
    "number "
    "makes INSERTs fail.",
    lock=Lock.ACCESS_EXCLUSIVE,
    level=Level.ADVICE,
    squawk=("ban-alter-identity",),
    kinds=("AlterTableStmt",),
    find=find,
)
