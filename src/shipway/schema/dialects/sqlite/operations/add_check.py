"""`add_check`: by the table's text, once no row breaks it."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import constrained, expression, one, unconstrained
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.operations.add_check import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built, Check
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """New rows are held to it at once, old ones are counted. Raises `Unfit`."""
    test = expression(options, "check", where=where)
    name = options.get("name") or f"{table.name}_{change}_check"
    text = f"CONSTRAINT {quoted(name)} CHECK ({test})"
    broken = f"SELECT count(*) FROM {quoted(table.name)} WHERE NOT ({test})"
    return Built(
        expand=one(f"add {name}", constrained(table, text)),
        verify=(Check(what=f"no row breaks {name}", query=broken),),
        revert=one(f"drop {name}", unconstrained(table, text)),
    )
