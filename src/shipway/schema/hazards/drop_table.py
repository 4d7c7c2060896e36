"""DROP TABLE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Of one that this file did not make."""
    if step.kind != "DropStmt" or step.node.text("remove_type") != "OBJECT_TABLE":
        return
    for one in step.node.nodes("objects"):
        words = one.words("items")
        if not step.is_new(words[-1]):
            name = ".".join(quoted(word) for word in words)
            yield Found(
                what=f"Running code that uses {name} fails, and its rows are gone for good.",
                fix=(
                    "-- hide it first, and wait; a rename is undone in an instant",
                    f"ALTER TABLE {name} RENAME TO {quoted((words[-1] + '_unused')[:63])};",
                ),
                table=words[-1],
            )


HAZARD = Hazard(
    name="drop-table",
    title="DROP TABLE",
    why="There is no way back. Foreign keys make it lock the other table too.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("ban-drop-table",),
    kinds=("DropStmt",),
    find=find,
)
