"""`drop_not_null`: rows may be without a value, once no code is left that does not expect it."""

from collections.abc import Mapping

from shipway.schema.dialects.mariadb.altering import has_column, written_anew
from shipway.schema.dialects.mariadb.columns import defined
from shipway.schema.dialects.mariadb.fitting import plain
from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.table import Table

REQUIRED = ("table", "column")
OPTIONAL = ("schema",)


def build(options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
    """The table is written anew beside writers. Raises `Unfit`."""
    column = column_of(table, options["column"], where=where)
    plain(table, column, where=where)
    if not column.is_required or column.name in table.key:
        raise Unfit(
            f"{column.name} is not a column that could be without a value",
            where=where,
            why="It may be null already, or it is part of the key.",
            fix="Leave it out.",
        )
    return Built(
        contract=(
            written_anew(
                f"let {column.name} be null",
                table,
                f"MODIFY COLUMN {quoted(column.name)} {defined(column, is_required=False)}",
                proof=has_column(table, column.name, condition="IS_NULLABLE = 'YES'"),
            ),
        )
    )
