"""Data is changed in the transaction that changed the schema."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation

WRITES = ("UpdateStmt", "DeleteStmt", "InsertStmt", "MergeStmt")


def find(step: Step) -> Iterator[Found]:
    """While a lock of its own DDL is held."""
    if step.kind not in WRITES or not step.before.holds_transaction:
        return
    held = [name for name in dict.fromkeys(step.before.locked) if not step.is_new(name)]
    target = step.node.node("relation")
    is_large = step.kind != "InsertStmt" or not step.node.node("select_stmt").nodes("values_lists")
    if held and is_large:
        yield Found(
            what=f"{', '.join(held)} stays locked until every row of {relation(target)} is written.",
            fix=("COMMIT;", "-- a migration of its own, in batches:", f"{step.statement.text} …;"),
            table=target.text("relname"),
        )


HAZARD = Hazard(
    name="backfill-in-transaction",
    title="Rows are written in a transaction that holds a lock on a table",
    why="DDL takes an ACCESS EXCLUSIVE lock and keeps it until the transaction ends, however long the rows take.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.TRANSACTION,
    find=find,
)
