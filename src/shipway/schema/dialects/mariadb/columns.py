"""A column's definition as MariaDB takes it in MODIFY COLUMN, which forgets what is not said again."""

from shipway.schema.dialects.mariadb.names import literal
from shipway.schema.table import Column


def collated(column: Column) -> str:
    """Its collation, which brings the character set with it."""
    return f" COLLATE {column.collation}" if column.collation else ""


def defined(column: Column, *, is_required: bool) -> str:
    """All of it, but required or not."""
    null = "NOT NULL" if is_required else "NULL"
    default = f" DEFAULT {column.default}" if column.default else ""
    comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
    return f"{column.type}{collated(column)} {null}{default}{comment}"
