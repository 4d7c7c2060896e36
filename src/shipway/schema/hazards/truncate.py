"""TRUNCATE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import relation


def find(step: Step) -> Iterator[Found]:
    """Of a table in use, without CASCADE."""
    if step.kind != "TruncateStmt" or step.node.text("behavior") == "DROP_CASCADE":
        return
    for one in step.node.nodes("relations"):
        if not step.is_new(one.text("relname")):
            name = relation(one)
            yield Found(
                what=f"Everybody waits for it, and the rows of {name} are gone for good.",
                fix=("-- in batches, each in its own transaction:", f"DELETE FROM {name} WHERE …;"),
                table=one.text("relname"),
            )


HAZARD = Hazard(
    name="truncate",
    title="TRUNCATE",
    why="It takes an ACCESS EXCLUSIVE lock and deletes every row; readers with an older snapshot see an empty "
    "table.",
    lock=Lock.ACCESS_EXCLUSIVE,
    kinds=("TruncateStmt",),
    find=find,
)
