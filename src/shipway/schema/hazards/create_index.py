"""CREATE INDEX that stops writers."""

from collections.abc import Iterator
from typing import Any

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, relation
from shipway.schema.sql.rewrite import changed


def find(step: Step) -> Iterator[Found]:
    """Without CONCURRENTLY, on a table in use."""
    target = step.node.node("relation")
    name = target.text("relname")
    if step.kind != "IndexStmt" or step.node.flag("concurrent") or step.is_new(name) or step.node.number("dummy"):
        return
    index = step.node.text("idxname") or f"{name}_idx"
    yield Found(
        what=f"Nobody can write to {relation(target)} until the index {quoted(index)} is built.",
        fix=(
            "-- outside of a transaction",
            f"{changed(step.node, _concurrent)};",
            "-- when it fails, an invalid index stays: drop it concurrently, then repeat",
        ),
        table=name,
    )


def _concurrent(message: Any) -> None:
    message.concurrent = True


HAZARD = Hazard(
    name="create-index",
    title="CREATE INDEX without CONCURRENTLY",
    why="It takes a SHARE lock: reads go on, each INSERT, UPDATE and DELETE waits until the whole index is built.",
    lock=Lock.SHARE,
    duration=Duration.SCAN,
    squawk=("require-concurrent-index-creation",),
    kinds=("IndexStmt",),
    find=find,
)
