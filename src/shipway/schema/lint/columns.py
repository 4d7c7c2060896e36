"""New columns by their type."""

from collections.abc import Container, Iterator

from shipway.schema.lint.step import Step
from shipway.schema.sql.node import Node

ADDS = ("AT_AddColumn", "AT_AlterColumnType")


def typed(step: Step, kinds: Container[str]) -> Iterator[tuple[Node, str]]:
    """Columns of these types (PostgreSQL's own names) that the statement makes, with the type."""
    columns = [one for one in step.node.nodes("table_elts") if one.kind == "ColumnDef"]
    columns += [one.node("def") for one in step.node.nodes("cmds") if one.text("subtype") in ADDS]
    for column in columns:
        names = column.node("type_name").words("names")
        if names and names[-1] in kinds:
            yield column, names[-1]
