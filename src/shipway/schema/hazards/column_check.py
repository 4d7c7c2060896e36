"""ADD COLUMN … CHECK."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.rewrite import expression, type_name


def find(step: Step) -> Iterator[Found]:
    """Every row is looked at, even though the column is all null."""
    for one in alterations(step, "AT_AddColumn"):
        test = one.constraint("CONSTR_CHECK")
        if not test:
            continue
        column = quoted(one.definition.text("colname"))
        name = quoted(test.text("conname") or shortened(f"{one.name}_{one.definition.text('colname')}", "_check"))
        yield Found(
            what=f"Nobody reads or writes {one.table} until every row is checked.",
            fix=(
                f"ALTER TABLE {one.table} ADD COLUMN {column} {type_name(one.definition.node('type_name'))};",
                f"ALTER TABLE {one.table} ADD CONSTRAINT {name}",
                f"  CHECK ({expression(test.node('raw_expr'))}) NOT VALID;",
                "-- in another transaction",
                f"ALTER TABLE {one.table} VALIDATE CONSTRAINT {name};",
            ),
            table=one.name,
            at=test,
        )


HAZARD = Hazard(
    name="column-check",
    title="ADD COLUMN … CHECK",
    why="PostgreSQL reads the whole table under an ACCESS EXCLUSIVE lock to check a column that is null "
    "everywhere.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.SCAN,
    kinds=("AlterTableStmt",),
    find=find,
)
