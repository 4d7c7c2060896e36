"""Integers of 32 or 16 bits."""

from collections.abc import Iterator

from shipway.schema.lint.columns import typed
from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step
from shipway.schema.sql.names import quoted

NARROW = {
    "int4": "2,147,483,647",
    "serial": "2,147,483,647",
    "serial4": "2,147,483,647",
    "int2": "32,767",
    "smallserial": "32,767",
    "serial2": "32,767",
}

SMALL = ("int2", "smallserial", "serial2")


def find(step: Step) -> Iterator[Found]:
    """In new columns."""
    for column, kind in typed(step, NARROW):
        yield Found(
            what=f"{quoted(column.text('colname'))} ends at {NARROW[kind]}; making it wider writes the whole "
            "table anew.",
            fix=("-- bigint",),
            at=column,
            rule="prefer-bigint-over-smallint" if kind in SMALL else "prefer-bigint-over-int",
        )


HAZARD = Hazard(
    name="narrow-integer",
    title="int or smallint",
    why="bigint costs four bytes. Changing later costs a rewrite, or an expand and contract over months.",
    level=Level.ADVICE,
    squawk=("prefer-bigint-over-int", "prefer-bigint-over-smallint"),
    kinds=(
        "AlterTableStmt",
        "CreateStmt",
    ),
    find=find,
)
