"""What attaching and detaching a partition have in common."""

from shipway.schema.sql.names import literal, quoted, shortened
from shipway.schema.table import Table

ATTACH_MS = 100
"""What attaching may take with its locks: a default partition is looked through meanwhile."""


def check_of(table: Table) -> str:
    """The constraint that proves what fits into it, in SQL."""
    return quoted(shortened(f"{table.name}_bound", "_shipway"))


def is_attached(table: Table) -> str:
    """A query that answers whether it is a part of another table, or is just leaving one."""
    return f"SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass({literal(table.sql)}))"


def is_leaving(table: Table) -> str:
    """A query that answers whether it was detached concurrently, and not to the end."""
    own = f"inhrelid = to_regclass({literal(table.sql)})"
    return f"SELECT EXISTS (SELECT FROM pg_inherits WHERE {own} AND inhdetachpending)"
