"""A type that changes for free, and the planner that forgets."""

from collections.abc import Iterator

from shipway.schema.hazards.change_type import is_free
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Alteration, Step, alterations
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import type_name


def find(step: Step) -> Iterator[Found]:
    """Unless the file analyses the table afterwards."""
    for one in alterations(step, "AT_AlterColumnType"):
        if _is_free(step, one) and not _is_analysed(step, one.name):
            yield Found(
                what=f"The planner knows nothing of {quoted(one.column)} until {one.table} is analysed.",
                fix=(f"{step.statement.text};", f"ANALYZE {one.table} ({quoted(one.column)});"),
                table=one.name,
                at=one.command,
            )


def _is_free(step: Step, one: Alteration) -> bool:
    table = step.known(one.name)
    old, new = table.types.get(one.column, "") if table else "", type_name(one.definition.node("type_name"))
    return bool(old) and old != new and not one.definition.node("raw_default") and is_free(old, new)


def _is_analysed(step: Step, table: str) -> bool:
    later = (one.node for one in step.following if one.node.kind == "VacuumStmt")
    named = ([each.node("relation").text("relname") for each in one.nodes("rels")] for one in later)
    return any(not names or table in names for names in named)


HAZARD = Hazard(
    name="lost-statistics",
    title="ALTER COLUMN TYPE that is free, without ANALYZE",
    why="PostgreSQL drops the column's statistics with its old type, and queries get plans for a column of which "
    "nothing is known. Found with --database, which tells the old type.",
    level=Level.ADVICE,
    kinds=("AlterTableStmt",),
    find=find,
)
