"""RENAME of something else that code may name."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock

OWN = ("OBJECT_COLUMN", "OBJECT_ATTRIBUTE", "OBJECT_TABLE")


def find(step: Step) -> Iterator[Found]:
    """Also of an enum's value."""
    kind = step.node.text("rename_type")
    if step.kind == "AlterEnumStmt" and step.node.text("old_val"):
        what = f"Running code that says '{step.node.text('old_val')}' fails at once."
    elif step.kind == "RenameStmt" and kind not in OWN:
        word = kind.removeprefix("OBJECT_").replace("TABCONSTRAINT", "constraint").lower()
        what = (
            f"Whatever names this {word} fails at once: code, functions, or the migration that runs after "
            "a repair."
        )
    else:
        return
    yield Found(
        what=what, fix=("-- make a second one under the new name, and drop the old one when nobody uses it",)
    )


HAZARD = Hazard(
    name="rename-object",
    title="RENAME of a view, type, function, schema, sequence, index or enum value",
    why="Old and new code run side by side, and each knows one of the names.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("renaming-object",),
    kinds=(
        "AlterEnumStmt",
        "RenameStmt",
    ),
    find=find,
)
