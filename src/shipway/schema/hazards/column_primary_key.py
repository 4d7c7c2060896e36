"""ADD COLUMN … PRIMARY KEY."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """Every row is filled and indexed under the lock."""
    for one in alterations(step, "AT_AddColumn"):
        key = one.constraint("CONSTR_PRIMARY")
        if key:
            column = quoted(one.definition.text("colname"))
            yield Found(
                what=f"Nobody reads or writes {one.table} until every row has a {column} and the index is built.",
                fix=(
                    f"ALTER TABLE {one.table} ADD COLUMN {column} bigint;",
                    "-- fill it in batches, require it (set-not-null), then as primary-key says",
                ),
                table=one.name,
                at=key,
            )


HAZARD = Hazard(
    name="column-primary-key",
    title="ADD COLUMN … PRIMARY KEY",
    why="The rows are rewritten and the index is built under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    squawk=("adding-serial-primary-key-field",),
    kinds=("AlterTableStmt",),
    find=find,
)
