"""`rename_column`: code that knows the new name and code that knows the old one work side by side."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.pair import Pair, built, fit
from shipway.schema.dialects.sqlite.text import quoted
from shipway.schema.operations.built import Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.rename_column import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    old, new = column_of(table, options["from"], where=where), options["to"]
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=new,
        type=old.type,
        up=quoted(old.name),
        down=quoted(new),
        final=new,
    )
    fit(pair, where=where)
    return built(pair)
