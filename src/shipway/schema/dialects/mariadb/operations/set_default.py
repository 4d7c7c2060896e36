"""`set_default`: what rows get that leave a column out; rows that are there stay as they are."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import altered
from shipway.schema.dialects.mariadb.fitting import plain
from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.dialects.mariadb.reading import expression
from shipway.schema.operations.built import Batch, Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.set_default import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Harmless to repeat, so it needs no proof. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    plain(table, column, where=where)
    default = expression(options, "default", where=where)
    target = f"ALTER COLUMN {quoted(column.name)}"
    back = f"{target} SET DEFAULT {column.default}" if column.default else f"{target} DROP DEFAULT"
    if not column.default and not column.is_required:
        back = f"{target} SET DEFAULT NULL"
    forward = altered(table, f"{target} SET DEFAULT ({default})")
    return Built(
        expand=(Batch(statements=(forward,), what=f"default of {column.name}"),),
        revert=(Batch(statements=(altered(table, back),), what=f"the former default of {column.name}"),),
    )
