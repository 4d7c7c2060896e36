"""`add_index`: in one transaction, since nobody else uses a database of local development."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import expression, one
from shipway.schema.dialects.sqlite.text import is_expression, quoted
from shipway.schema.operations.add_index import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.options import switch
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build", "built_index"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """`on` is what stands between the brackets of CREATE INDEX. Raises `Unfit`."""
    name = options.get("name") or f"{table.name}_{change}_idx"
    if not is_expression(options["on"]):
        raise Unfit(
            f"`on: {options['on']}` is nothing that an index can be on",
            where=where,
            why="Its brackets or quotes are open.",
            fix="Write columns or expressions, such as email, lower(name).",
        )
    condition = expression(options, "where", where=where)
    tail = f" WHERE {condition}" if condition else ""
    unique = "UNIQUE " if switch(options, "unique", where=where) else ""
    return built_index(table, name, f"{unique}INDEX", f"({options['on']}){tail}", where=where)


def built_index(table: Table, name: str, kind: str, on: str, *, where: str) -> Built:
    """There after `expand`. Raises `Unfit` where there is one of that name."""
    if any(index.name.lower() == name.lower() for index in table.indexes):
        raise Unfit(f"{table.name} has an index {name}", where=where, why="It is there.", fix="Take another name.")
    make = f"CREATE {kind} {quoted(name)} ON {quoted(table.name)} {on}"
    return Built(
        expand=one(f"build the index {name}", make),
        revert=one(f"drop {name}", f"DROP INDEX IF EXISTS {quoted(name)}"),
    )
