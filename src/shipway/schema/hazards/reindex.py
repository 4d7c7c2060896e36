"""REINDEX that stops writers."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation


def find(step: Step) -> Iterator[Found]:
    """Without CONCURRENTLY, which there is since 12."""
    options = {one.text("defname") for one in step.node.nodes("params")}
    if step.kind != "ReindexStmt" or "concurrently" in options:
        return
    kind = step.node.text("kind").removeprefix("REINDEX_OBJECT_")
    target = relation(step.node.node("relation")) or step.node.text("name")
    yield Found(
        what=f"Nobody can write to what REINDEX {kind} {target} builds anew.",
        fix=("-- outside of a transaction", f"REINDEX {kind} CONCURRENTLY {target};"),
        table=step.node.node("relation").text("relname"),
    )


HAZARD = Hazard(
    name="reindex",
    title="REINDEX without CONCURRENTLY",
    why="It holds a SHARE lock on the table and an ACCESS EXCLUSIVE lock on the index, so that queries which "
    "would "
    "use the index wait too.",
    lock=Lock.SHARE,
    duration=Duration.SCAN,
    squawk=("require-concurrent-reindex",),
    kinds=("ReindexStmt",),
    find=find,
)
