"""A prepared SELECT * over a table whose columns change."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard, Level
from shipway.schema.lint.step import Step, alterations

CHANGES = ("AT_AddColumn", "AT_DropColumn", "AT_AlterColumnType")


def find(step: Step) -> Iterator[Found]:
    """Of a table from which a counted statement takes all columns; once for each statement of the migration."""
    for one in alterations(step, *CHANGES):
        table = step.known(one.name)
        if table and table.stars:
            yield Found(
                what="Sessions that have prepared it fail once with “cached plan must not change result type”: "
                f"{table.stars[0]}",
                fix=("-- name the columns in that query, or reconnect after the migration",),
                table=one.name,
                at=one.command,
            )
            return


HAZARD = Hazard(
    name="cached-plan",
    title="Columns change under a prepared SELECT *",
    why="A prepared statement answers with the columns that it was prepared with. Drivers that prepare by "
    "themselves, such as psycopg and pgjdbc, meet it in every open session. Found with --database, where "
    "pg_stat_statements has counted such a query.",
    level=Level.ADVICE,
    kinds=("AlterTableStmt",),
    find=find,
)
