"""A statement timeout on what takes long by right."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations


def find(step: Step) -> Iterator[Found]:
    """CONCURRENTLY and VALIDATE run long and stop nobody."""
    if "statement_timeout" not in step.before.timeouts:
        return
    is_build = step.kind == "IndexStmt" and step.node.flag("concurrent")
    if is_build or any(alterations(step, "AT_ValidateConstraint")):
        left = " A build that is cut short leaves an invalid index." if is_build else ""
        yield Found(
            what=f"It stops nobody, and takes as long as the table is large.{left}",
            fix=("SET statement_timeout = 0;", f"{step.statement.text};"),
        )


HAZARD = Hazard(
    name="build-timeout",
    title="statement_timeout on CONCURRENTLY or VALIDATE",
    why="The timeout that protects users from an ALTER TABLE ends what does not hurt them.",
    level=Level.ADVICE,
    kinds=(
        "AlterTableStmt",
        "IndexStmt",
    ),
    find=find,
)
