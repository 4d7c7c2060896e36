"""RENAME COLUMN."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted, relation


def find(step: Step) -> Iterator[Found]:
    """Of a table in use, or of a type's attribute."""
    kind = step.node.text("rename_type")
    if step.kind != "RenameStmt" or kind not in ("OBJECT_COLUMN", "OBJECT_ATTRIBUTE"):
        return
    target = step.node.node("relation")
    if step.is_new(target.text("relname")):
        return
    old, new = quoted(step.node.text("subname")), quoted(step.node.text("newname"))
    yield Found(
        what=f"Every running version that says {old} fails at once, and one that says {new} failed before.",
        fix=(
            f"ALTER TABLE {relation(target)} ADD COLUMN {new} <type of {old}>;",
            "-- write both columns (a trigger does it for every version of the code), fill the rows in",
            f"-- batches, ship code that says {new}, and drop {old} when nobody uses it any more",
        ),
        table=target.text("relname"),
    )


HAZARD = Hazard(
    name="rename-column",
    title="RENAME COLUMN",
    why="The lock is short, but no moment is right: old and new code run side by side, and each knows one of "
    "the names.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("renaming-column",),
    kinds=("RenameStmt",),
    find=find,
)
