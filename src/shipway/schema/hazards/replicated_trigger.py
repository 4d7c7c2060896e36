"""A trigger that does not see rows that replication writes."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted, relation
from shipway.schema.sql.parse import Statement

ENABLES = ("AT_EnableAlwaysTrig", "AT_EnableReplicaTrig")


def find(step: Step) -> Iterator[Found]:
    """On a table that a subscription fills, unless a statement behind it says ALWAYS or REPLICA."""
    target = step.node.node("relation")
    table = step.known(target.text("relname"))
    name = step.node.text("trigname")
    if table and table.is_replicated and not any(_enables(one, name) for one in step.following):
        yield Found(
            what=f"{quoted(name)} does not run for rows of {relation(target)} that replication writes.",
            fix=(
                f"{step.statement.text};",
                f"ALTER TABLE {relation(target)} ENABLE ALWAYS TRIGGER {quoted(name)};",
            ),
            table=target.text("relname"),
        )


def _enables(statement: Statement, name: str) -> bool:
    commands = statement.node.nodes("cmds") if statement.node.kind == "AlterTableStmt" else ()
    return any(one.text("subtype") in ENABLES and one.text("name") == name for one in commands)


HAZARD = Hazard(
    name="replicated-trigger",
    title="A trigger on a table that logical replication fills, without ENABLE ALWAYS",
    why="Replication writes with session_replication_role = replica, and plain triggers do not fire then. Two "
    "columns that a trigger keeps equal drift apart, silently. Found with --database.",
    kinds=("CreateTrigStmt",),
    find=find,
)
