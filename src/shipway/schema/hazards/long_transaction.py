"""Several strong locks in one transaction."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.history import EXCLUSIVE
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock


def find(step: Step) -> Iterator[Found]:
    """A second table is locked while the first one still is."""
    table = step.node.node("relation").text("relname")
    others = [name for name in dict.fromkeys(step.before.locked) if name != table and not step.is_new(name)]
    if step.before.holds_transaction and step.kind in EXCLUSIVE and table and others and not step.is_new(table):
        yield Found(
            what=f"{', '.join(others)} stays locked while it waits for {table}, and two such transactions can "
            "deadlock.",
            fix=("COMMIT;", "BEGIN;", f"{step.statement.text};"),
            table=table,
        )


HAZARD = Hazard(
    name="long-transaction",
    title="Locks on several tables in one transaction",
    why="A transaction keeps every lock until it ends, so users of the first table wait for the slowest of "
    "the others.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.TRANSACTION,
    find=find,
)
