"""ADD COLUMN NOT NULL without a default."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Lock
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import type_name

FILLS = ("CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED")


def find(step: Step) -> Iterator[Found]:
    """It fails where rows are, and where none are the running code's INSERTs do."""
    for one in alterations(step, "AT_AddColumn"):
        if one.constraint("CONSTR_NOTNULL") and not any(one.constraint(kind) for kind in FILLS):
            names = one.definition.node("type_name").words("names")
            if names and names[-1].endswith("serial"):
                continue
            column, kind = quoted(one.definition.text("colname")), type_name(one.definition.node("type_name"))
            yield Found(
                what=f"It fails if {one.table} has rows, and the running code's INSERTs do not name {column}.",
                fix=(
                    f"ALTER TABLE {one.table} ADD COLUMN {column} {kind};",
                    "-- let new code write it, fill the rows in batches, then require it (set-not-null)",
                    "-- or keep a default for as long as old code inserts:",
                    f"ALTER TABLE {one.table} ADD COLUMN {column} {kind} NOT NULL DEFAULT …;",
                ),
                table=one.name,
                at=one.definition,
            )


HAZARD = Hazard(
    name="required-column",
    title="ADD COLUMN NOT NULL without a default",
    why="Old code runs on while the schema is new, and inserts rows without the column.",
    lock=Lock.ACCESS_EXCLUSIVE,
    squawk=("adding-required-field",),
    kinds=("AlterTableStmt",),
    find=find,
)
