"""ADD COLUMN with a default that is computed for every row."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Alteration, Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node
from shipway.schema.sql.rewrite import expression, type_name
from shipway.schema.sql.volatile import is_stable

STABLE_SINCE = 11
"""Before, any default rewrote the table."""


def find(step: Step) -> Iterator[Found]:
    """A default that may differ from row to row; before 11 every default."""
    for one in alterations(step, "AT_AddColumn"):
        default = one.constraint("CONSTR_DEFAULT").node("raw_expr")
        if default and (step.server.version < STABLE_SINCE or not is_stable(default)):
            yield _found(one, default)


def _found(one: Alteration, default: Node) -> Found:
    table, column, value = one.table, quoted(one.definition.text("colname")), expression(default)
    kind = type_name(one.definition.node("type_name"))
    return Found(
        what=f"Nobody reads or writes {table} until {value} is computed for every row.",
        fix=(
            f"ALTER TABLE {table} ADD COLUMN {column} {kind};",
            f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value};",
            "-- then in batches, each in its own transaction:",
            f"UPDATE {table} SET {column} = {value} WHERE {column} IS NULL AND …;",
        ),
        table=one.name,
        at=one.definition,
    )


HAZARD = Hazard(
    name="volatile-default",
    title="ADD COLUMN with a default that is computed for every row",
    why="A constant or now() is kept once, beside the table. A volatile default is written into every row, "
    "with the "
    "whole table and its indexes, under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    squawk=("adding-field-with-default",),
    kinds=("AlterTableStmt",),
    find=find,
)
