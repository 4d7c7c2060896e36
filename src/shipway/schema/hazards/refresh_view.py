"""REFRESH MATERIALIZED VIEW."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation


def find(step: Step) -> Iterator[Found]:
    """Without CONCURRENTLY."""
    if step.kind == "RefreshMatViewStmt" and not step.node.flag("concurrent") and not step.node.flag("skip_data"):
        name = relation(step.node.node("relation"))
        yield Found(
            what=f"Nobody reads {name} until its query has run.",
            fix=(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name};  -- it needs a unique index",),
            table=step.node.node("relation").text("relname"),
        )


HAZARD = Hazard(
    name="refresh-view",
    title="REFRESH MATERIALIZED VIEW without CONCURRENTLY",
    why="It holds an ACCESS EXCLUSIVE lock on the view while its query runs.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    kinds=("RefreshMatViewStmt",),
    find=find,
)
