"""RENAME of a table."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted, relation
from shipway.schema.sql.node import Node


def find(step: Step) -> Iterator[Found]:
    """Of one in use; followed by a view of the old name in the same transaction it breaks nothing."""
    target = step.node.node("relation")
    name = target.text("relname")
    if step.kind != "RenameStmt" or step.node.text("rename_type") != "OBJECT_TABLE" or step.is_new(name):
        return
    if step.before.holds_transaction and any(_is_view(later.node, name) for later in step.following):
        return
    new = quoted(step.node.text("newname"))
    yield Found(
        what=f"Every running version that says {relation(target)} fails at once.",
        fix=(
            "BEGIN;",
            f"ALTER TABLE {relation(target)} RENAME TO {new};",
            f"CREATE VIEW {relation(target)} AS SELECT * FROM {new};",
            "COMMIT;",
            "-- drop the view when nobody uses the old name any more",
        ),
        table=name,
    )


def _is_view(node: Node, name: str) -> bool:
    return bool(node.kind == "ViewStmt" and node.node("view").text("relname") == name)


HAZARD = Hazard(
    name="rename-table",
    title="RENAME of a table",
    why="Old and new code run side by side, and each knows one of the names. A view of the old name, made in "
    "the same "
    "transaction, takes reads and writes of old code.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("renaming-table",),
    find=find,
)
