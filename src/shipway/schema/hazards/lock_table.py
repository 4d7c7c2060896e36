"""LOCK TABLE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation

STRONG = {5: "writers", 6: "writers", 7: "writers", 8: "readers and writers"}
"""Numbers of PostgreSQL's lock modes (`lockdefs.h`) that stop somebody."""


def find(step: Step) -> Iterator[Found]:
    """In a mode that stops somebody."""
    stopped = STRONG.get(step.node.number("mode"))
    if step.kind == "LockStmt" and stopped:
        names = ", ".join(relation(one) for one in step.node.nodes("relations"))
        yield Found(
            what=f"All {stopped} of {names} wait until this transaction ends.",
            fix=("-- most statements take the lock that they need; leave it out",),
        )


HAZARD = Hazard(
    name="lock-table",
    title="LOCK TABLE in a mode that stops others",
    why="It is held until the transaction ends.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.TRANSACTION,
    kinds=("LockStmt",),
    find=find,
)
