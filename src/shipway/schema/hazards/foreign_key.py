"""ADD FOREIGN KEY that scans."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, constraints
from shipway.schema.lint.validated import two_steps
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation


def find(step: Step) -> Iterator[Found]:
    """Without NOT VALID, on a table in use."""
    for one in constraints(step, "CONSTR_FOREIGN"):
        other = relation(one.definition.node("pktable"))
        yield Found(
            what=f"Nobody writes to {one.table} or {other} until every row has found its partner.",
            fix=two_steps(one),
            table=one.name,
            at=one.definition,
        )


HAZARD = Hazard(
    name="foreign-key",
    title="ADD FOREIGN KEY without NOT VALID",
    why="It holds SHARE ROW EXCLUSIVE locks on both tables while it joins them. Added NOT VALID it holds for "
    "new rows "
    "at once, and VALIDATE checks the old ones while everybody works.",
    lock=Lock.SHARE_ROW_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("adding-foreign-key-constraint", "constraint-missing-not-valid"),
    kinds=("AlterTableStmt",),
    find=find,
)
