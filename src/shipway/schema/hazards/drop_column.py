"""DROP COLUMN."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import literal, quoted


def find(step: Step) -> Iterator[Found]:
    """Of a table in use."""
    for one in alterations(step, "AT_DropColumn"):
        yield Found(
            what=f"Running code that reads or writes {quoted(one.column)} fails, and its values are gone for "
            "good.",
            fix=(
                "-- first, who still uses it? (pg_stat_statements is an extension)",
                f"SELECT query FROM pg_stat_statements WHERE query ~* {_pattern(one.column)};",
                "-- then, when no version that names it runs or may come back:",
                f"{step.statement.text};",
            ),
            table=one.name,
            at=one.command,
        )


def _pattern(column: str) -> str:
    return literal(rf"\m{column}\M")


HAZARD = Hazard(
    name="drop-column",
    title="DROP COLUMN",
    why="Object mappers list every column in every query, so a version that knows the column fails on the "
    "whole table. "
    "There is no way back.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("ban-drop-column",),
    kinds=("AlterTableStmt",),
    find=find,
)
