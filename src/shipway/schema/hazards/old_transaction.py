"""Something that waits for every transaction that is open."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations

OLD_SECONDS = 30.0


def find(step: Step) -> Iterator[Found]:
    """While one of them is old."""
    oldest = step.server.oldest
    if oldest is not None and oldest.seconds >= OLD_SECONDS and _waits(step):
        yield Found(
            what=f"It waits until {oldest.name} (pid {oldest.pid}) ends its transaction, which is open for "
            f"{oldest.seconds:.0f} s.",
            fix=(f"SELECT pg_terminate_backend({oldest.pid});  -- or wait for it",),
            table=step.node.node("relation").text("relname"),
        )


def _waits(step: Step) -> bool:
    if step.kind in ("IndexStmt", "DropStmt"):
        return step.node.flag("concurrent")
    if step.kind == "ReindexStmt":
        return any(one.text("defname") == "concurrently" for one in step.node.nodes("params"))
    return any(one.definition.flag("concurrent") for one in alterations(step, "AT_DetachPartition"))


HAZARD = Hazard(
    name="old-transaction",
    title="CONCURRENTLY while an old transaction is open",
    why="It waits for every transaction of the database that is older than itself, and holds back VACUUM until "
    "then. A session that is idle in a transaction stops it for good. Found with --database.",
    level=Level.ADVICE,
    kinds=("IndexStmt", "DropStmt", "ReindexStmt", "AlterTableStmt"),
    find=find,
)
