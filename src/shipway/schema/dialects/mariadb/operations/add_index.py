"""`add_index`: built while everybody works."""

import re
from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import NOCOPY, altered, built_beside, has_index, has_not
from shipway.schema.dialects.mariadb.names import quoted, shortened
from shipway.schema.operations.add_index import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Batch, Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.options import switch
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]
PART = re.compile(
    r"`?(?P<name>[^`(),]+?)`?(?:\((?P<length>[1-9]\d{0,4})\))?(?:\s+(?P<order>asc|desc))?", re.IGNORECASE
)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`on` is a list of columns, each with a length or an order where it needs one. Raises `Unfit`."""
    name = options.get("name") or shortened(f"{table.name}_{change}", "_idx")
    if "where" in options or options.get("using", "btree").lower() != "btree":
        raise Unfit(
            f"MariaDB has no such index as {name}",
            where=where,
            why="It has none over some rows, and builds none but those of its own kind beside writers.",
            fix="Leave out `where` and `using`.",
        )
    parts = ", ".join(_part(part.strip(), table, where) for part in options["on"].split(","))
    kind = "UNIQUE INDEX" if switch(options, "unique", where=where) else "INDEX"
    return built_index(table, name, f"{kind} {quoted(name)} ({parts})", where=where)


def built_index(table: Table, name: str, definition: str, *, where: str) -> Built:
    """There after `expand`. Raises `Unfit` where there is one of that name."""
    if any(one.name.lower() == name.lower() for one in table.indexes):
        raise Unfit(f"{table.name} has an index {name}", where=where, why="It is there.", fix="Take another name.")
    add = built_beside(f"build the index {name}", table, f"ADD {definition}", proof=has_index(table, name))
    drop = altered(table, f"DROP INDEX IF EXISTS {quoted(name)}", algorithm=NOCOPY)
    proof = has_not(has_index(table, name))
    return Built(expand=(add,), revert=(Batch(statements=(drop,), what=f"drop {name}", proof=proof),))


def _part(text: str, table: Table, where: str) -> str:
    found = PART.fullmatch(text)
    if found is None:
        raise Unfit(
            f"`{text}` is nothing that an index can be on",
            where=where,
            why="MariaDB has indexes over columns, not over expressions.",
            fix="Add a generated column and name it, or write columns such as email(20), name desc.",
        )
    length = f"({found['length']})" if found["length"] else ""
    order = f" {found['order'].upper()}" if found["order"] else ""
    return f"{quoted(column_of(table, found['name'].strip(), where=where).name)}{length}{order}"
