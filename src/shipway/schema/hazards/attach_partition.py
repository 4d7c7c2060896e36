"""ATTACH PARTITION."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, relation, shortened


def find(step: Step) -> Iterator[Found]:
    """Of a table with rows."""
    for one in alterations(step, "AT_AttachPartition"):
        part = one.definition.node("name")
        if step.is_new(part.text("relname")):
            continue
        check = quoted(shortened(part.text("relname"), "_bound"))
        yield Found(
            what=f"Nobody reads or writes {relation(part)} until all its rows are checked against the bound.",
            fix=(
                f"ALTER TABLE {relation(part)} ADD CONSTRAINT {check} CHECK (<the bound>) NOT VALID;",
                f"ALTER TABLE {relation(part)} VALIDATE CONSTRAINT {check};",
                f"{step.statement.text};",
                f"ALTER TABLE {relation(part)} DROP CONSTRAINT {check};",
            ),
            table=part.text("relname"),
        )


HAZARD = Hazard(
    name="attach-partition",
    title="ATTACH PARTITION without a check that proves the bound",
    why="The new partition is scanned under an ACCESS EXCLUSIVE lock, and so is the default partition if "
    "there is one. "
    "A valid CHECK with the same condition spares the scan.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    kinds=("AlterTableStmt",),
    find=find,
)
