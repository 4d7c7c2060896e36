"""What the tables and columns have to be like, so that they can be changed while they are used."""

from shipway.schema.operations.built import Unfit
from shipway.schema.table import Column, Table

WALKED = (
    *("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "char", "varchar", "binary", "varbinary"),
    *("date", "datetime", "timestamp", "uuid"),
)
"""Types whose order is that of their comparison, also as texts."""


def family(kind: str) -> str:
    """A type without its size: `bigint`."""
    return kind.partition("(")[0].partition(" ")[0].lower()


def walked(table: Table, *, where: str) -> None:
    """Raises `Unfit` where its rows cannot be walked by a key."""
    columns = [table.column(word) for word in table.key]
    strange = [one for one in columns if one is None or family(one.type) not in WALKED]
    if table.key and not strange:
        return
    why = f"Its key has {strange[0].name}, a {strange[0].type}" if strange and strange[0] else "It has no key"
    raise Unfit(
        f"The rows of {table.name} cannot be walked",
        where=where,
        why=f"{why}, and a backfill goes along a primary key of numbers, texts or times.",
        fix="Add a primary key first.",
    )


def plain(table: Table, column: Column, *, where: str) -> None:
    """Raises `Unfit` where the column is none that is stated in a word: generated, numbered, a partition key."""
    if column.special:
        raise Unfit(
            f"{table.name}.{column.name} cannot be changed in place",
            where=where,
            why=f"{column.special[0].upper()}{column.special[1:]}.",
            fix=COPIES,
        )


def absent(table: Table, name: str, *, where: str) -> None:
    """Raises `Unfit` where there is a column of that name."""
    if any(one.name.lower() == name.lower() for one in table.columns):
        raise Unfit(f"{table.name} has a column {name}", where=where, why="It is there.", fix="Take another name.")


COPIES = "MariaDB would have to copy the table: take pt-online-schema-change or gh-ost, or a quiet hour."
"""The alternative to what is refused."""
