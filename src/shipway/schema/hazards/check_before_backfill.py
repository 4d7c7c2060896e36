"""A NOT VALID check that old rows break."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.history import not_null_columns
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node


def find(step: Step) -> Iterator[Found]:
    """IS NOT NULL, not valid, before the UPDATE that fills the column."""
    for one in alterations(step, "AT_AddConstraint"):
        if not one.definition.flag("skip_validation"):
            continue
        for column in not_null_columns(one.definition):
            if any(_fills(later.node, one.name, column) for later in step.following):
                yield Found(
                    what=f"Until {quoted(column)} is filled, every UPDATE of an old row of {one.table} fails, "
                    "whatever it changes.",
                    fix=(
                        "-- fill the column first, or let a trigger fill it on each UPDATE, then:",
                        f"{step.statement.text};",
                    ),
                    table=one.name,
                    at=one.definition,
                )


def _fills(node: Node, table: str, column: str) -> bool:
    if node.kind != "UpdateStmt" or node.node("relation").text("relname") != table:
        return False
    return any(one.text("name") == column for one in node.nodes("target_list"))


HAZARD = Hazard(
    name="check-before-backfill",
    title="A NOT VALID constraint before the rows are filled",
    why="NOT VALID spares old rows only until they are written: the constraint is enforced on any UPDATE of "
    "them, also "
    "of another column.",
    lock=Lock.ACCESS_EXCLUSIVE,
    find=find,
)
