"""SET NOT NULL that scans."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, shortened

TRUSTS_CHECKS_SINCE = 12
NOT_VALID_SINCE = 18


def find(step: Step) -> Iterator[Found]:
    """Unless a valid constraint says so already, which PostgreSQL believes since 12."""
    for one in alterations(step, "AT_SetNotNull"):
        table = step.known(one.name)
        is_proven = (one.name, one.column) in step.before.proven or (table and one.column in table.proven)
        if is_proven and step.server.version >= TRUSTS_CHECKS_SINCE:
            continue
        yield Found(
            what=f"Nobody reads or writes {one.table} until every row is looked at for a null.",
            fix=_fix(one.table, one.name, one.column, step.server.version),
            table=one.name,
            at=one.command,
        )


def _fix(table: str, name: str, column: str, version: int) -> tuple[str, ...]:
    check = quoted(shortened(f"{name}_{column}", "_not_null"))
    if version >= NOT_VALID_SINCE:
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {check} NOT NULL {quoted(column)} NOT VALID;",
            "-- in another transaction",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {check};",
        )
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({quoted(column)} IS NOT NULL) NOT VALID;",
        "-- in another transaction",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {check};",
        "-- and in a third",
        f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} SET NOT NULL;",
        f"ALTER TABLE {table} DROP CONSTRAINT {check};",
    )


HAZARD = Hazard(
    name="set-not-null",
    title="SET NOT NULL without a proof",
    why="It reads the whole table under an ACCESS EXCLUSIVE lock, and old code that writes nulls fails from "
    "then on. "
    "With a valid CHECK (column IS NOT NULL) it is instant.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("adding-not-nullable-field",),
    kinds=("AlterTableStmt",),
    find=find,
)
