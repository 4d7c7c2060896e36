"""DROP INDEX that stops everybody."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Without CONCURRENTLY."""
    if step.kind != "DropStmt" or step.node.text("remove_type") != "OBJECT_INDEX" or step.node.flag("concurrent"):
        return
    names = [".".join(quoted(word) for word in one.words("items")) for one in step.node.nodes("objects")]
    yield Found(
        what=f"Readers and writers of the table wait while {', '.join(names)} is dropped.",
        fix=("-- outside of a transaction", *(f"DROP INDEX CONCURRENTLY IF EXISTS {name};" for name in names)),
    )


HAZARD = Hazard(
    name="drop-index",
    title="DROP INDEX without CONCURRENTLY",
    why="It needs an ACCESS EXCLUSIVE lock on the index's table, waits for every open transaction that uses the "
    "table, and everybody else waits behind it.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("require-concurrent-index-deletion",),
    kinds=("DropStmt",),
    find=find,
)
