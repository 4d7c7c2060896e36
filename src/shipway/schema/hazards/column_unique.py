"""ADD COLUMN … UNIQUE."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.rewrite import type_name


def find(step: Step) -> Iterator[Found]:
    """The index is built under the lock, even of a column that is all null."""
    for one in alterations(step, "AT_AddColumn"):
        unique = one.constraint("CONSTR_UNIQUE")
        if not unique:
            continue
        column = quoted(one.definition.text("colname"))
        name = quoted(shortened(f"{one.name}_{one.definition.text('colname')}", "_key"))
        yield Found(
            what=f"Nobody reads or writes {one.table} until the index is built over all its rows.",
            fix=(
                f"ALTER TABLE {one.table} ADD COLUMN {column} {type_name(one.definition.node('type_name'))};",
                "-- outside of a transaction",
                f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {one.table} ({column});",
                f"ALTER TABLE {one.table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};",
            ),
            table=one.name,
            at=unique,
        )


HAZARD = Hazard(
    name="column-unique",
    title="ADD COLUMN … UNIQUE",
    why="The unique index covers every row, null or not, and is built under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("disallowed-unique-constraint",),
    kinds=("AlterTableStmt",),
    find=find,
)
