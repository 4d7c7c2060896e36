"""varchar(n)."""

from collections.abc import Iterator

from shipway.schema.lint.columns import typed
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """In new columns; varchar without a length is text."""
    for column, _ in typed(step, ("varchar",)):
        if column.node("type_name").nodes("typmods"):
            yield Found(
                what=f"A shorter limit of {quoted(column.text('colname'))} will need a scan under an ACCESS "
                "EXCLUSIVE lock.",
                fix=("-- text, with a CHECK for its length: that is changed without stopping anybody",),
                at=column,
            )


HAZARD = Hazard(
    name="limited-text",
    title="varchar(n)",
    why="A CHECK can be added NOT VALID and validated later; the limit of a type cannot.",
    level=Level.ADVICE,
    squawk=("prefer-text-field",),
    kinds=(
        "AlterTableStmt",
        "CreateStmt",
    ),
    find=find,
)
