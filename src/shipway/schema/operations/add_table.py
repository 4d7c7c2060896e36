"""`add_table`: a new table; taken back only while it is empty."""

from collections.abc import Mapping
from typing import Any

from shipway.schema.operations.built import Batch, Built, Check, Unfit
from shipway.schema.sql.names import dollars, literal
from shipway.schema.sql.parse import Source, statements
from shipway.schema.sql.rewrite import changed
from shipway.schema.table import Table

REQUIRED = ("table", "columns")
OPTIONAL = ("schema",)
MAKES_TABLE = True
INSIDE = {"relation", "table_elts", "oncommit"}
"""Fields of a CREATE TABLE that has nothing behind its brackets."""


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`columns` is what stands between the brackets of CREATE TABLE. Raises `Unfit`."""
    found = statements(Source(f"CREATE TABLE t (\n{options['columns']}\n)", where))
    if len(found) != 1 or found[0].node.kind != "CreateStmt" or not found[0].node.nodes("table_elts"):
        raise Unfit(
            f"`columns` of {table.name} is nothing that a table can have",
            where=where,
            why=found[0].error or "It is not what stands between the brackets of CREATE TABLE, and no more.",
            fix="Write columns and constraints, such as id bigint PRIMARY KEY, note text.",
        )
    if {field.name for field, _ in found[0].node.message.ListFields()} - INSIDE:
        raise Unfit(
            f"`columns` of {table.name} closes the brackets of CREATE TABLE",
            where=where,
            why="What follows them is not looked at here.",
            fix="Write what stands between the brackets; what you need besides goes into a `sql` step.",
        )

    def finish(message: Any) -> None:
        message.relation.schemaname, message.relation.relname = table.schema, table.name

    return Built(
        expand=(Batch(statements=(changed(found[0].node, finish),), what=f"make the table {table.name}"),),
        revert=(
            Batch(
                statements=(dropped(table.sql),),
                what=f"drop {table.name}",
                undoes=("expand", 0),
                keeps=Check(
                    what=f"{table.name} is empty",
                    query=f"SELECT count(*) FROM {table.sql}",
                    when=f"SELECT to_regclass({literal(table.sql)}) IS NOT NULL",
                ),
            ),
        ),
    )


def dropped(table: str) -> str:
    """The DROP of a table that nobody has written to, looked at under the lock that keeps writers away."""
    name = literal(table)
    body = f"""
BEGIN
  IF to_regclass({name}) IS NOT NULL THEN
    LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM {table}) THEN
      RAISE EXCEPTION '% has rows', {name};
    END IF;
    DROP TABLE {table};
  END IF;
END
"""
    return f"DO {dollars(body)}"
