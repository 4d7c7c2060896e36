"""ADD COLUMN of type serial."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import quoted, shortened

SERIAL = ("smallserial", "serial", "bigserial", "serial2", "serial4", "serial8")


def find(step: Step) -> Iterator[Found]:
    """On a table in use."""
    for one in alterations(step, "AT_AddColumn"):
        names = one.definition.node("type_name").words("names")
        if names and names[-1] in SERIAL:
            column = quoted(one.definition.text("colname"))
            named = quoted(shortened(f"{one.name}_{one.definition.text('colname')}", "_seq"))
            yield Found(
                what=f"Nobody reads or writes {one.table} until every row has its number.",
                fix=(
                    f"ALTER TABLE {one.table} ADD COLUMN {column} bigint;",
                    f"CREATE SEQUENCE {named} OWNED BY {one.table}.{column};",
                    f"ALTER TABLE {one.table} ALTER COLUMN {column} SET DEFAULT nextval('{named}');",
                    "-- then in batches, each in its own transaction:",
                    f"UPDATE {one.table} SET {column} = nextval('{named}') WHERE {column} IS NULL AND …;",
                ),
                table=one.name,
                at=one.definition,
            )


HAZARD = Hazard(
    name="serial-column",
    title="ADD COLUMN of type serial",
    why="Every row gets a number, so the whole table is written anew under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    kinds=("AlterTableStmt",),
    find=find,
)
