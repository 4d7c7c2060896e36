"""ADD CHECK that scans."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, constraints
from shipway.schema.lint.validated import two_steps
from shipway.schema.lock import Duration, Lock


def find(step: Step) -> Iterator[Found]:
    """Without NOT VALID, on a table in use."""
    for one in constraints(step, "CONSTR_CHECK", "CONSTR_NOTNULL"):
        yield Found(
            what=f"Nobody reads or writes {one.table} until every row is checked.",
            fix=two_steps(one),
            table=one.name,
            at=one.definition,
        )


HAZARD = Hazard(
    name="check-constraint",
    title="ADD CONSTRAINT … CHECK without NOT VALID",
    why="It reads the whole table under an ACCESS EXCLUSIVE lock. Added NOT VALID it holds for new rows at "
    "once, and "
    "VALIDATE reads the old ones while everybody works.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("constraint-missing-not-valid",),
    kinds=("AlterTableStmt",),
    find=find,
)
