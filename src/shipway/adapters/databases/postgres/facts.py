"""What a database says of its tables, for the linter."""

from typing import TYPE_CHECKING

from shipway.adapters.databases.postgres.connecting import connected
from shipway.schema.lint.tables import Server, Table

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

TABLES = """
    SELECT c.oid, c.relname, greatest(c.reltuples, 0)::bigint,
           (SELECT coalesce(sum(pg_total_relation_size(part.relid)), pg_total_relation_size(c.oid))
            FROM pg_partition_tree(c.oid) part)::bigint,
           c.relkind = 'p', c.relrowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY pg_table_is_visible(c.oid), c.oid
"""
COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
PROVEN = """
    SELECT k.conrelid, a.attname
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum]
    WHERE k.contype = 'c' AND k.convalidated
      AND pg_get_constraintdef(k.oid) = format('CHECK ((%s IS NOT NULL))', quote_ident(a.attname))
"""
STATEMENT_TIMEOUT = "10s"


def read_server(url: str) -> Server:
    """Version and tables. Raises `DatabaseError`, or `NoPostgres` without psycopg."""
    with connected(url, purpose="schema lint") as connection:
        connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        version = connection.info.server_version // 10000
        return Server(version=version, tables=_tables(connection), is_asked=True)


def _tables(connection: "Connection[TupleRow]") -> dict[str, Table]:
    """By name; where several schemas have it, the one on the search path."""
    types: dict[int, dict[str, str]] = {}
    required: dict[int, set[str]] = {}
    proven: dict[int, set[str]] = {}
    for oid, column, kind, is_required in connection.execute(COLUMNS):
        types.setdefault(oid, {})[column] = kind
        if is_required:
            required.setdefault(oid, set()).add(column)
    for oid, column in connection.execute(PROVEN):
        proven.setdefault(oid, set()).add(column)
    return {
        name: Table(
            rows=rows,
            size_bytes=size,
            is_partitioned=is_partitioned,
            has_policies=has_policies,
            types=types.get(oid, {}),
            required=frozenset(required.get(oid, ())),
            proven=frozenset(proven.get(oid, ())),
        )
        for oid, name, rows, size, is_partitioned, has_policies in connection.execute(TABLES)
    }
