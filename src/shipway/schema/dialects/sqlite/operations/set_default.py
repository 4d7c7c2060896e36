"""`set_default`: what rows get that leave a column out; rows that are there stay as they are."""

from collections.abc import Mapping

from shipway.schema.dialects.sqlite.editing import expression, one, redefined
from shipway.schema.dialects.sqlite.text import with_default
from shipway.schema.operations.built import Built
from shipway.schema.operations.finding import column_of
from shipway.schema.operations.set_default import OPTIONAL, REQUIRED
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Raises `Unfit`."""
    column, default = column_of(table, options["column"], where=where), expression(options, "default", where=where)
    forward = redefined(table, column.name, with_default(column.written, default))
    back = redefined(table, column.name, column.written)
    return Built(
        expand=one(f"default of {column.name}", forward), revert=one(f"the former default of {column.name}", back)
    )
