"""json instead of jsonb."""

from collections.abc import Iterator

from shipway.schema.lint.columns import typed
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """In new columns."""
    for column, _ in typed(step, ("json",)):
        yield Found(
            what=f"SELECT DISTINCT over {quoted(column.text('colname'))} fails: json has no equality.",
            fix=("-- jsonb",),
            at=column,
        )


HAZARD = Hazard(
    name="json-column",
    title="json",
    why="json cannot be compared or indexed, so queries that were fine before it was there begin to fail.",
    level=Level.ADVICE,
    kinds=(
        "AlterTableStmt",
        "CreateStmt",
    ),
    find=find,
)
