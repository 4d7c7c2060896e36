"""ADD EXCLUDE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, constraints
from shipway.schema.lint.validated import name_of
from shipway.schema.lock import Duration, Lock


def find(step: Step) -> Iterator[Found]:
    """There is no form of it that lets others work."""
    for one in constraints(step, "CONSTR_EXCLUSION"):
        yield Found(
            what=f"Nobody reads or writes {one.table} until the index of {name_of(one)} is built.",
            fix=(
                f"-- make a new table like {one.table} with the constraint, keep both equal by triggers,",
                "-- fill it in batches, and exchange the names; or do it where nobody works",
            ),
            table=one.name,
            at=one.definition,
        )


HAZARD = Hazard(
    name="exclusion",
    title="ADD CONSTRAINT … EXCLUDE",
    why="Its index is built under an ACCESS EXCLUSIVE lock; PostgreSQL cannot build it concurrently.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("constraint-missing-not-valid",),
    kinds=("AlterTableStmt",),
    find=find,
)
