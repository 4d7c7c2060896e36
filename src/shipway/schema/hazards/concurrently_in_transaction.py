"""CONCURRENTLY inside of a transaction."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step


def find(step: Step) -> Iterator[Found]:
    """PostgreSQL refuses it."""
    if step.before.holds_transaction and _is_concurrent(step):
        yield Found(
            what="PostgreSQL refuses CONCURRENTLY inside of a transaction, so this migration cannot run.",
            fix=(
                "-- a migration of its own that runs outside of a transaction",
                "-- Alembic: with op.get_context().autocommit_block(): …",
                "-- Django: atomic = False; Flyway: executeInTransaction=false in its .conf",
                f"{step.statement.text};",
            ),
            rule="" if step.kind == "IndexStmt" else None,
        )


def _is_concurrent(step: Step) -> bool:
    node = step.node
    if node.kind in ("IndexStmt", "DropStmt"):
        return node.flag("concurrent")
    if node.kind == "ReindexStmt":
        return any(one.text("defname") == "concurrently" for one in node.nodes("params"))
    return any(
        one.text("subtype") == "AT_DetachPartition" and one.node("def").flag("concurrent")
        for one in node.nodes("cmds")
    )


HAZARD = Hazard(
    name="concurrently-in-transaction",
    title="CONCURRENTLY inside of a transaction",
    why="What is built concurrently needs transactions of its own.",
    squawk=("ban-concurrent-index-creation-in-transaction",),
    find=find,
)
