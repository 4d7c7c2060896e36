"""`add_check`: by a column that nobody sees, since MariaDB copies the table for any other CHECK.

The column is generated and virtual: it takes no room, and says whether the row is right. Its own check is
added with it in an instant. MariaDB asks it for every write from then on, and old rows are counted by us.
"""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import has_column, has_not, instant
from shipway.schema.dialects.mariadb.fitting import absent
from shipway.schema.dialects.mariadb.names import quoted, shortened, table_name
from shipway.schema.dialects.mariadb.reading import expression
from shipway.schema.operations.add_check import OPTIONAL, REQUIRED
from shipway.schema.operations.built import Built, Check
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """Rows that break it are counted once new ones cannot come any more. Raises `Unfit`."""
    test = expression(options, "check", where=where)
    name = options.get("name") or shortened(f"{table.name}_{change}", "_check")
    absent(table, name, where=where)
    own = quoted(name)
    column = f"ADD COLUMN {own} TINYINT GENERATED ALWAYS AS ({test}) VIRTUAL INVISIBLE CHECK ({own} <> 0)"
    drop = instant(f"drop {name}", table, f"DROP COLUMN IF EXISTS {own}", proof=has_not(has_column(table, name)))
    broken = f"SELECT count(*) FROM {table_name(table)} WHERE NOT ({test})"
    return Built(
        expand=(instant(f"add {name} for new rows", table, column, proof=has_column(table, name)),),
        verify=(Check(what=f"no row breaks {name}", query=broken),),
        revert=(drop,),
    )
