"""SQL that is made while it runs."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """A DO block, a call, or EXECUTE."""
    if step.kind in ("DoStmt", "CallStmt", "ExecuteStmt"):
        yield Found(
            what="Cannot analyse: what it does is decided while it runs.",
            fix=(
                "-- write the statements out, or say that you looked:",
                "-- shipway: ignore dynamic-sql because …",
            ),
        )


HAZARD = Hazard(
    name="dynamic-sql",
    title="Cannot analyse: DO, CALL or EXECUTE",
    why="A linter that is silent about what it cannot read would be believed.",
    find=find,
)
