"""CREATE INDEX CONCURRENTLY on a partitioned table."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted, relation


def find(step: Step) -> Iterator[Found]:
    """PostgreSQL refuses it; the advice to build concurrently does not hold there."""
    target = step.node.node("relation")
    name = target.text("relname")
    table = step.known(name)
    is_partitioned = name in step.before.partitioned or (table is not None and table.is_partitioned)
    if step.kind != "IndexStmt" or not step.node.flag("concurrent") or not is_partitioned:
        return
    index = quoted(step.node.text("idxname") or f"{name}_idx")
    yield Found(
        what=f"{relation(target)} is partitioned, and PostgreSQL builds no index on it concurrently.",
        fix=(
            f"CREATE INDEX {index} ON ONLY {relation(target)} (…);",
            "-- for each partition:",
            "CREATE INDEX CONCURRENTLY … ON <partition> (…);",
            f"ALTER INDEX {index} ATTACH PARTITION …;",
        ),
        table=name,
    )


HAZARD = Hazard(
    name="partitioned-index",
    title="CREATE INDEX CONCURRENTLY on a partitioned table",
    why="An index of a partitioned table is made of its partitions' indexes: build those concurrently, one by "
    "one.",
    kinds=("IndexStmt",),
    find=find,
)
