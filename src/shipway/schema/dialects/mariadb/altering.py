"""ALTER TABLE with its ALGORITHM and LOCK spelled out, and the query that proves that it has happened.

What each costs was measured on MariaDB 10.11, and is what its manual says ("InnoDB Online DDL Overview"):
INSTANT changes the catalog alone, NOCOPY builds an index beside writers, INPLACE writes the table anew beside
writers. COPY is never said.
"""

from shipway.schema.dialects.mariadb.names import literal, quoted, table_name
from shipway.schema.operations.built import Batch
from shipway.schema.table import Table

INSTANT, NOCOPY, INPLACE = "INSTANT", "NOCOPY", "INPLACE"


def altered(table: Table, *parts: str, algorithm: str = INSTANT, unchecked: bool = False) -> str:
    """One statement. `unchecked` lets a foreign key be added without a look at the rows that are there."""
    head = "SET STATEMENT foreign_key_checks = 0 FOR " if unchecked else ""
    return f"{head}ALTER TABLE {table_name(table)} {', '.join(parts)}, ALGORITHM={algorithm}, LOCK=NONE"


def instant(what: str, table: Table, *parts: str, proof: str) -> Batch:
    """What changes the catalog alone."""
    return Batch(statements=(altered(table, *parts),), what=what, proof=proof)


def built_beside(what: str, table: Table, *parts: str, proof: str) -> Batch:
    """Indexes, while everybody works."""
    return Batch(statements=(altered(table, *parts, algorithm=NOCOPY),), what=what, is_long=True, proof=proof)


def written_anew(what: str, table: Table, *parts: str, proof: str) -> Batch:
    """The whole table, while everybody works."""
    return Batch(statements=(altered(table, *parts, algorithm=INPLACE),), what=what, is_long=True, proof=proof)


def has_column(table: Table, name: str, *, condition: str = "") -> str:
    """`condition` is over information_schema.COLUMNS."""
    return _exists("COLUMNS", "TABLE_SCHEMA", table, f"COLUMN_NAME = {literal(name)}", condition)


def has_index(table: Table, name: str) -> str:
    """By its name."""
    return _exists("STATISTICS", "TABLE_SCHEMA", table, f"INDEX_NAME = {literal(name)}")


def has_constraint(table: Table, name: str) -> str:
    """By its name; a check or a foreign key."""
    return _exists("TABLE_CONSTRAINTS", "CONSTRAINT_SCHEMA", table, f"CONSTRAINT_NAME = {literal(name)}")


def has_trigger(table: Table, name: str) -> str:
    """By its name, on this table."""
    return (
        f"SELECT EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {literal(table.schema)}"
        f" AND EVENT_OBJECT_TABLE = {literal(table.name)} AND TRIGGER_NAME = {literal(name)})"
    )


def has_not(proof: str) -> str:
    """The same, the other way round."""
    return f"SELECT NOT ({proof})"


def _exists(view: str, schema: str, table: Table, *conditions: str) -> str:
    where = " AND ".join(one for one in conditions if one)
    return (
        f"SELECT EXISTS (SELECT 1 FROM information_schema.{view} WHERE {schema} = {literal(table.schema)}"
        f" AND TABLE_NAME = {literal(table.name)} AND {where})"
    )


def trigger(table: Table, name: str, event: str, body: str) -> Batch:
    """For each row, before it is written, behind the triggers of others: MariaDB runs them as they were made."""
    text = (
        f"CREATE TRIGGER {quoted(table.schema)}.{quoted(name)} BEFORE {event} ON {table_name(table)}"
        f" FOR EACH ROW {body}"
    )
    return Batch(statements=(text,), what=f"watch each {event} of {table.name}", proof=has_trigger(table, name))


def without_trigger(table: Table, name: str) -> Batch:
    """Gone."""
    text = f"DROP TRIGGER IF EXISTS {quoted(table.schema)}.{quoted(name)}"
    return Batch(statements=(text,), what=f"drop the trigger {name}", proof=has_not(has_trigger(table, name)))
