"""A default that goes while old code still inserts."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """DROP DEFAULT of a required column that the same migration added."""
    for one in alterations(step, "AT_ColumnDefault"):
        key = (one.name, one.column)
        if not one.definition and key in step.before.defaults and key in step.before.required:
            yield Found(
                what=f"The running code does not know {quoted(one.column)}: without its default its INSERTs fail.",
                fix=(
                    "-- in a later migration, when no version that leaves it out runs or may come back:",
                    f"{step.statement.text};",
                ),
                table=one.name,
                at=one.command,
            )


HAZARD = Hazard(
    name="default-dropped",
    title="DROP DEFAULT of a column that was just added as NOT NULL",
    why="Frameworks add a required column with a default and drop the default at once. The version that is still "
    "serving inserts rows without the column, and each INSERT fails.",
    lock=Lock.ACCESS_EXCLUSIVE,
    kinds=("AlterTableStmt",),
    find=find,
)
