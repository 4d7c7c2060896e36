"""UPDATE or DELETE of every row."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation
from shipway.schema.sql.node import Node

NARROW = ("=", "IN")


def find(step: Step) -> Iterator[Found]:
    """Without a WHERE, or with one that only asks for nulls: a backfill in one go."""
    target = step.node.node("relation")
    if step.kind not in ("UpdateStmt", "DeleteStmt") or step.is_new(target.text("relname")):
        return
    where = step.node.node("where_clause")
    if where and where.kind != "NullTest":
        return
    word = "UPDATE" if step.kind == "UpdateStmt" else "DELETE"
    yield Found(
        what=f"Each row of {relation(target)} that it has written is locked until the last one is.",
        fix=(
            "-- again and again until it changes no row, each time in its own transaction:",
            *_batch(step, relation(target), word, where),
        ),
        table=target.text("relname"),
    )


def _batch(step: Step, table: str, word: str, where: Node) -> tuple[str, ...]:
    text = step.statement.text.split(" WHERE ")[0] if not where else step.statement.text
    joined = "AND" if where else "WHERE"
    return (f"{text}", f"  {joined} id BETWEEN <first> AND <last>;  -- 50 to 100 ms of rows")


HAZARD = Hazard(
    name="whole-table-write",
    title="UPDATE or DELETE of every row in one transaction",
    why="Writers of any row wait until the end, the table doubles in size, replicas fall behind, and an error "
    "at the "
    "end repeats all of it.",
    lock=Lock.ROW_EXCLUSIVE,
    duration=Duration.TRANSACTION,
    find=find,
)
