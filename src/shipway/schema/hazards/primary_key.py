"""ADD PRIMARY KEY that builds its index under the lock."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, constraints
from shipway.schema.lint.validated import name_of, over_index
from shipway.schema.lock import Duration, Lock


def find(step: Step) -> Iterator[Found]:
    """Without USING INDEX, on a table in use."""
    for one in constraints(step, "CONSTR_PRIMARY"):
        if not one.definition.text("indexname"):
            yield Found(
                what=f"Nobody reads or writes {one.table} until the index of {name_of(one)} is built.",
                fix=("-- first require its columns (set-not-null)", *over_index(one, "PRIMARY KEY")),
                table=one.name,
                at=one.definition,
            )


HAZARD = Hazard(
    name="primary-key",
    title="ADD PRIMARY KEY without USING INDEX",
    why="The index is built, and the rows are searched for nulls, under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    squawk=("adding-serial-primary-key-field", "constraint-missing-not-valid"),
    kinds=("AlterTableStmt",),
    find=find,
)
