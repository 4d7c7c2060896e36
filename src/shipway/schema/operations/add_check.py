"""`add_check`: refused for new rows at once, checked for old ones while everybody works."""

from collections.abc import Mapping

from shipway.schema.operations.built import Built
from shipway.schema.operations.options import expression
from shipway.schema.operations.validating import validated
from shipway.schema.sql.names import shortened
from shipway.schema.table import Table

REQUIRED = ("table", "check")
OPTIONAL = ("schema", "name")


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows that break it are counted before it is added. Raises `Unfit`."""
    test = expression(options, "check", where=where)
    name = options.get("name") or shortened(f"{table.name}_{change}", "_check")
    broken = f"SELECT count(*) FROM {table.sql} WHERE NOT ({test})"
    return validated(table, name, f"CHECK ({test})", broken=broken)
