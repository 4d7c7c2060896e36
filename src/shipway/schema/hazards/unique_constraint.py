"""ADD UNIQUE that builds its index under the lock."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, constraints
from shipway.schema.lint.validated import name_of, over_index
from shipway.schema.lock import Duration, Lock


def find(step: Step) -> Iterator[Found]:
    """Without USING INDEX, on a table in use."""
    for one in constraints(step, "CONSTR_UNIQUE"):
        if not one.definition.text("indexname"):
            yield Found(
                what=f"Nobody reads or writes {one.table} until the index of {name_of(one)} is built.",
                fix=over_index(one, "UNIQUE"),
                table=one.name,
                at=one.definition,
            )


HAZARD = Hazard(
    name="unique-constraint",
    title="ADD UNIQUE without USING INDEX",
    why="The index is built under an ACCESS EXCLUSIVE lock. Built concurrently before, it is only taken over.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("disallowed-unique-constraint", "constraint-missing-not-valid"),
    kinds=("AlterTableStmt",),
    find=find,
)
