"""BEGIN in a transaction, or COMMIT outside of one."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.history import BEGINS, ENDS
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """PostgreSQL warns and goes on, and the locks are not held as long as the file says."""
    if step.kind != "TransactionStmt":
        return
    kind, before = step.node.text("kind"), step.before
    if kind in BEGINS and before.holds_transaction:
        what = (
            "A transaction is already open here: this BEGIN does nothing, and the next COMMIT ends the outer one."
        )
    elif kind in ENDS and before.is_wrapped:
        what = "It ends the transaction that the migration tool has opened; what follows is not protected."
    elif kind in ENDS and not before.holds_transaction:
        what = "No transaction is open here: PostgreSQL warns, and goes on."
    else:
        return
    yield Found(what=what, fix=("-- leave it out",))


HAZARD = Hazard(
    name="transaction-nesting",
    title="BEGIN in a transaction, or COMMIT outside of one",
    why="Transactions do not nest. What looks protected is not.",
    squawk=("transaction-nesting",),
    kinds=("TransactionStmt",),
    find=find,
)
