"""A generated column beside a trigger that compares whole rows."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node


def find(step: Step) -> Iterator[Found]:
    """Either of the two may come first; the other one is in the database, or behind it in the file."""
    for one in alterations(step, "AT_AddColumn"):
        if one.constraint("CONSTR_GENERATED"):
            known = step.known(one.name)
            later = [other.node for other in step.following if _compares(other.node, one.name)]
            names = (*(known.whole_row_triggers if known else ()), *(each.text("trigname") for each in later))
            if names:
                yield _found(one.table, one.name, names[0])
    table = step.known(step.node.node("relation").text("relname"))
    if table and table.has_generated and _compares(step.node, step.node.node("relation").text("relname")):
        name = step.node.node("relation").text("relname")
        yield _found(quoted(name), name, step.node.text("trigname"))


def _found(table: str, name: str, trigger: str) -> Found:
    return Found(
        what=f"A dump of {table} cannot be restored: BEFORE triggers may not read generated columns, and "
        f"{quoted(trigger)} compares OLD.* with NEW.*.",
        fix=(f"-- name the columns in WHEN of {quoted(trigger)}, all but the generated one",),
        table=name,
    )


def _compares(node: Node, table: str) -> bool:
    """A BEFORE trigger on this table with a whole row in WHEN."""
    is_before = node.number("timing") & 2 != 0
    if node.kind != "CreateTrigStmt" or not is_before or node.node("relation").text("relname") != table:
        return False
    return any(_is_whole_row(one) for one in node.node("when_clause").walk())


def _is_whole_row(node: Node) -> bool:
    fields = node.nodes("fields") if node.kind == "ColumnRef" else ()
    return (len(fields) == 2 and fields[1].kind == "A_Star") or (
        len(fields) == 1 and fields[0].text("sval") in ("old", "new")
    )


HAZARD = Hazard(
    name="whole-row-trigger",
    title="A generated column beside a BEFORE trigger whose WHEN compares whole rows",
    why="It works until the database is restored from a dump: pg_dump writes the column first, and then "
    "PostgreSQL refuses the trigger. Triggers that are there are found with --database.",
    kinds=("AlterTableStmt", "CreateTrigStmt"),
    find=find,
)
