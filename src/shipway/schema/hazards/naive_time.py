"""timestamp without a zone."""

from collections.abc import Iterator

from shipway.schema.lint.columns import typed
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """In new columns."""
    for column, _ in typed(step, ("timestamp",)):
        yield Found(
            what=f"{quoted(column.text('colname'))} says no zone: what it means depends on who reads it.",
            fix=("-- timestamptz",),
            at=column,
        )


HAZARD = Hazard(
    name="naive-time",
    title="timestamp without time zone",
    why="Changing it later writes the whole table anew, unless every session is in UTC.",
    level=Level.ADVICE,
    squawk=("prefer-timestamp-tz",),
    kinds=(
        "AlterTableStmt",
        "CreateStmt",
    ),
    find=find,
)
