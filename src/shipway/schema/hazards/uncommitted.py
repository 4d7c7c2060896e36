"""BEGIN without COMMIT."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.history import BEGINS, ENDS
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """Nothing of it would be kept, and its locks stay until the connection ends."""
    if step.kind == "TransactionStmt" and step.node.text("kind") in BEGINS:
        following = [one.node.text("kind") for one in step.following if one.node.kind == "TransactionStmt"]
        if not any(kind in ENDS for kind in following):
            yield Found(
                what="This transaction never ends: its locks are held, and nothing of it is kept.",
                fix=("COMMIT;  -- at the end of the file",),
            )


HAZARD = Hazard(
    name="uncommitted",
    title="BEGIN without COMMIT",
    why="Everything is undone when the connection closes, after everybody waited for it.",
    squawk=("ban-uncommitted-transaction",),
    find=find,
)
