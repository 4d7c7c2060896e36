"""`add_index`: built while everybody works."""

from collections.abc import Mapping
from typing import Any

from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.options import expression, switch
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.parse import Source, statements
from shipway.schema.sql.rewrite import changed
from shipway.schema.table import Table

REQUIRED = ("table", "on")
OPTIONAL = ("schema", "name", "unique", "where", "using")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`on` is what stands between the brackets of CREATE INDEX. Raises `Unfit`."""
    name = options.get("name") or shortened(f"{table.name}_{change}", "_idx")
    unique = "UNIQUE " if switch(options, "unique", where=where) else ""
    condition = expression(options, "where", where=where)
    text = f"CREATE {unique}INDEX i ON {table.sql} USING {quoted(options.get('using', 'btree'))} ({options['on']})"
    whole = f"{text} WHERE {condition}" if condition else text
    found = statements(Source(whole, where))
    if len(found) != 1 or found[0].node.kind != "IndexStmt":
        raise Unfit(
            f"`on: {options['on']}` is nothing that an index can be on",
            where=where,
            why="PostgreSQL does not read it as that.",
            fix="Write columns or expressions, such as email, lower(name).",
        )

    def finish(message: Any) -> None:
        message.idxname, message.concurrent = name, True

    own = f"{quoted(table.schema)}.{quoted(name)}"
    return Built(
        expand=(
            Batch(
                statements=(changed(found[0].node, finish),),
                what=f"build the index {name}",
                is_long=True,
                builds=own,
            ),
        ),
        revert=(
            Batch(
                statements=(f"DROP INDEX CONCURRENTLY IF EXISTS {own}",),
                what=f"drop {name}",
                is_alone=True,
                undoes=("expand", 0),
            ),
        ),
    )
