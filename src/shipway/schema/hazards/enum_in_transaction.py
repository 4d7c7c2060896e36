"""ALTER TYPE … ADD VALUE inside of a transaction."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step

ALLOWED_SINCE = 12


def find(step: Step) -> Iterator[Found]:
    """Refused before 12; since then its own transaction cannot use the value."""
    value = step.node.text("new_val")
    if step.kind != "AlterEnumStmt" or step.node.text("old_val") or not step.before.holds_transaction:
        return
    is_used = any(f"'{value}'" in later.text for later in step.following)
    if step.server.version < ALLOWED_SINCE or is_used:
        yield Found(
            what=f"PostgreSQL refuses to use '{value}' in the transaction that adds it.",
            fix=("-- a migration of its own:", f"{step.statement.text};"),
        )


HAZARD = Hazard(
    name="enum-in-transaction",
    title="An enum value that is added and used in one transaction",
    why="Before 12 ADD VALUE cannot run in a transaction at all; later, the new value cannot be used before "
    "COMMIT.",
    kinds=("AlterEnumStmt",),
    find=find,
)
