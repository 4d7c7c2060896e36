"""A constraint of a domain."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted


def find(step: Step) -> Iterator[Found]:
    """ALTER DOMAIN … ADD CONSTRAINT that scans every table with such a column."""
    if step.kind != "AlterDomainStmt" or step.node.text("subtype") not in ("C", "AD_AddConstraint"):
        return
    if step.node.node("def").flag("skip_validation"):
        return
    name = ".".join(quoted(word) for word in step.node.words("type_name"))
    check = quoted(step.node.node("def").text("conname") or f"{step.node.words('type_name')[-1]}_check")
    yield Found(
        what=f"Every table with a column of type {name} is scanned while writers wait.",
        fix=(
            f"{step.statement.text} NOT VALID;",
            "-- in another transaction",
            f"ALTER DOMAIN {name} VALIDATE CONSTRAINT {check};",
        ),
    )


HAZARD = Hazard(
    name="domain-constraint",
    title="ALTER DOMAIN … ADD CONSTRAINT without NOT VALID",
    why="It locks and scans all tables that use the domain, in one transaction.",
    lock=Lock.SHARE,
    duration=Duration.SCAN,
    squawk=("ban-alter-domain-with-add-constraint",),
    kinds=("AlterDomainStmt",),
    find=find,
)
