"""char(n)."""

from collections.abc import Iterator

from shipway.schema.lint.columns import typed
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """In new columns."""
    for column, _ in typed(step, ("bpchar",)):
        yield Found(
            what=f"{quoted(column.text('colname'))} is filled up with blanks, and its length cannot be "
            "changed cheaply.",
            fix=("-- text, with a CHECK for its length",),
            at=column,
        )


HAZARD = Hazard(
    name="fixed-width",
    title="char(n)",
    why="Blanks are added and forgotten again in comparisons; nothing is gained by it.",
    level=Level.ADVICE,
    squawk=("ban-char-field",),
    kinds=(
        "AlterTableStmt",
        "CreateStmt",
    ),
    find=find,
)
