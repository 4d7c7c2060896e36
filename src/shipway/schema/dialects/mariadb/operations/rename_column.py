"""`rename_column`: code that knows the new name and code that knows the old one work side by side."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.dialects.mariadb.pair import Pair, built, fit
from shipway.schema.operations.built import Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.rename_column import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    old = column_of(table, options["from"], where=where)
    pair = Pair(
        change=change,
        table=table,
        old=old,
        new=options["to"],
        type=old.type,
        up=quoted(old.name),
        down=quoted(options["to"]),
    )
    fit(pair, where=where)
    return built(pair)
