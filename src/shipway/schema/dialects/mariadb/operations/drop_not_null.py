"""`drop_not_null`: new code may write nulls at once; the way back is refused while there are any."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import has_column, written_anew
from shipway.schema.dialects.mariadb.columns import defined
from shipway.schema.dialects.mariadb.fitting import plain
from shipway.schema.dialects.mariadb.names import quoted, table_name
from shipway.schema.operations.built import Built, Check, Unfit
from shipway.schema.operations.drop_not_null import OPTIONAL, REQUIRED
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Table

__all__ = ["OPTIONAL", "REQUIRED", "build"]


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """The table is written anew beside writers, there and back. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    plain(table, column, where=where)
    if not column.is_required or column.name in table.key:
        raise Unfit(
            f"{table.name}.{column.name} cannot be let null",
            where=where,
            why="It may be null already, or the primary key needs it.",
            fix="Leave it out.",
        )
    name = f"{table.name}.{column.name}"
    forward, back = (
        f"MODIFY COLUMN {quoted(column.name)} {defined(column, is_required=is_required)}"
        for is_required in (False, True)
    )
    nullable, required = (
        has_column(table, column.name, condition=f"IS_NULLABLE = '{said}'") for said in ("YES", "NO")
    )
    nulls = f"SELECT count(*) FROM {table_name(table)} WHERE {quoted(column.name)} IS NULL"
    return Built(
        expand=(written_anew(f"let {name} be null", table, forward, proof=nullable),),
        reversible=(Check(what=f"{name} has a value", query=nulls),),
        revert=(written_anew(f"require {name} again", table, back, proof=required),),
    )
