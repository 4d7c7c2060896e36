"""NOT VALID and VALIDATE in one transaction."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """The first one's lock is held while the second one scans."""
    for one in alterations(step, "AT_ValidateConstraint"):
        is_held = step.before.holds_transaction and one.column in step.before.unproven_here
        if is_held:
            name = quoted(one.column)
            yield Found(
                what=f"{one.table} stays locked from the moment {name} was added until every row is checked.",
                fix=("-- in another transaction", f"ALTER TABLE {one.table} VALIDATE CONSTRAINT {name};"),
                table=one.name,
                at=one.command,
            )


HAZARD = Hazard(
    name="validate-in-transaction",
    title="VALIDATE CONSTRAINT in the transaction that added it",
    why="VALIDATE alone lets everybody work, but a transaction keeps the strongest lock that it has taken.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("constraint-missing-not-valid",),
    kinds=("AlterTableStmt",),
    find=find,
)
