"""`add_unique`: by a unique index."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.operations.add_index import built_index
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.operations.add_unique import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built
from shipway.schema.operations.options import columns
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows that are equal make it fail, and nothing is changed. Raises `Unfit`."""
    words = columns(options, "columns", table, where=where)
    name = options.get("name") or f"{table.name}_{'_'.join(words)}_key"
    listed = ", ".join(quoted(word) for word in words)
    return built_index(table, name, "UNIQUE INDEX", f"({listed})", where=where)
