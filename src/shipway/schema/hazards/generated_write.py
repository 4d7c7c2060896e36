"""Writes of a column that PostgreSQL computes."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted, relation
from shipway.schema.sql.node import Node


def find(step: Step) -> Iterator[Found]:
    """In an UPDATE, also one that sets a key to itself to touch the row; in an INSERT without OVERRIDING."""
    target = step.node.node("relation")
    table = step.known(target.text("relname"))
    always = table.always if table else frozenset[str]()
    for column, value in _written(step):
        if column in always and value.kind != "SetToDefault":
            yield Found(
                what=f"{quoted(column)} of {relation(target)} is GENERATED ALWAYS: PostgreSQL refuses this.",
                fix=(f"-- leave {quoted(column)} out; to touch a row, set the new column to its value",),
                table=target.text("relname"),
            )


def _written(step: Step) -> Iterator[tuple[str, Node]]:
    if step.kind == "UpdateStmt":
        yield from ((one.text("name"), one.node("val")) for one in step.node.nodes("target_list"))
    elif step.kind == "InsertStmt" and step.node.text("override") in ("", "OVERRIDING_NOT_SET"):
        rows = step.node.node("select_stmt").nodes("values_lists")
        values = rows[0].nodes("items") if rows else ()
        for at, one in enumerate(step.node.nodes("cols")):
            yield one.text("name"), values[at] if at < len(values) else Node()


HAZARD = Hazard(
    name="generated-write",
    title="A column that is GENERATED ALWAYS is written",
    why="An identity or a generated column takes no value but DEFAULT, so a backfill that touches rows by "
    "SET id = id fails at its first row. Found with --database.",
    kinds=("UpdateStmt", "InsertStmt"),
    find=find,
)
