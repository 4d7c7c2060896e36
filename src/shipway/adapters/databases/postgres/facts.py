"""What a database says of its tables, for the linter."""

import re
from typing import TYPE_CHECKING

from shipway.adapters.databases.postgres.catalog import DESCRIBED
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.rows import ABOUT
from shipway.schema.lint.tables import Server, Table, Transaction

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

TABLES = f"""
    SELECT c.oid, c.relname, {ABOUT},
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
IS_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'shipway')"
ALWAYS = """
    SELECT a.attrelid, a.attname, a.attgenerated <> '' FROM pg_attribute a
    WHERE a.attnum > 0 AND NOT a.attisdropped AND (a.attidentity = 'a' OR a.attgenerated <> '')
"""
USERS = f"""
    SELECT DISTINCT d.refobjid, a.attname, {DESCRIBED}
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid >= 16384 AND d.refobjsubid > 0
      AND d.classid <> 'pg_class'::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE d.classid = 'pg_constraint'::regclass
                      AND k.oid = d.objid AND k.conrelid = d.refobjid)
      AND NOT EXISTS (SELECT FROM pg_attrdef f WHERE d.classid = 'pg_attrdef'::regclass
                      AND f.oid = d.objid AND f.adrelid = d.refobjid AND f.adnum = d.refobjsubid)
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE d.classid = 'pg_trigger'::regclass
                      AND t.oid = d.objid AND t.tgname LIKE 'zz\\_shipway\\_%')
"""
WHOLE_ROW_TRIGGERS = r"""
    SELECT tgrelid, tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgtype & 2 = 2 AND pg_get_triggerdef(oid) ~* '\m(old|new)\.\*'
"""
REPLICATED = "SELECT srrelid FROM pg_subscription_rel"
FUNCTIONS = f"""
    SELECT p.oid::regprocedure::text, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE {IS_OURS} AND l.lanname NOT IN ('c', 'internal') AND p.prosrc <> ''
"""
OLDEST = """
    SELECT pid, coalesce(nullif(application_name, ''), usename, '?'),
           extract(epoch FROM clock_timestamp() - xact_start)::float8
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND backend_type = 'client backend' ORDER BY xact_start LIMIT 1
"""
HAS_COUNTS = "SELECT to_regclass('pg_stat_statements') IS NOT NULL"
STARRED = r"""
    SELECT DISTINCT left(regexp_replace(query, '\s+', ' ', 'g'), 100) FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query ~* '(select|returning|,)\s+(\w+\.)?\*' LIMIT 500
"""
STATEMENT_TIMEOUT = "10s"


def read_server(url: str) -> Server:
    """Version and tables. Raises `DatabaseError`, or `NoPostgres` without psycopg."""
    with connected(url, purpose="schema lint") as connection:
        connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        version = connection.info.server_version // 10000
        functions = {str(name): str(body) for name, body in connection.execute(FUNCTIONS)}
        oldest = connection.execute(OLDEST).fetchone()
        return Server(
            version=version,
            tables=_tables(connection),
            functions=functions,
            oldest=Transaction(pid=oldest[0], name=oldest[1], seconds=oldest[2]) if oldest else None,
            is_asked=True,
        )


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
    found = _Found(connection)
    return {
        name: Table(
            rows=rows,
            size_bytes=size,
            is_partitioned=is_partitioned,
            has_policies=has_policies,
            types=types.get(oid, {}),
            required=frozenset(required.get(oid, ())),
            proven=frozenset(proven.get(oid, ())),
            always=frozenset(found.always.get(oid, ())),
            has_generated=oid in found.generated,
            users={column: tuple(sorted(names)) for column, names in found.users.get(oid, {}).items()},
            stars=tuple(one for one in found.starred if _names(one, name)),
            whole_row_triggers=tuple(found.whole_row.get(oid, ())),
            is_replicated=oid in found.replicated,
        )
        for oid, name, rows, size, is_partitioned, has_policies in connection.execute(TABLES)
    }


class _Found:
    """What stands beside the tables, by their numbers."""

    def __init__(self, connection: "Connection[TupleRow]") -> None:
        self.always: dict[int, set[str]] = {}
        self.generated: set[int] = set()
        self.users: dict[int, dict[str, set[str]]] = {}
        self.whole_row: dict[int, list[str]] = {}
        for oid, column, is_generated in connection.execute(ALWAYS):
            self.always.setdefault(oid, set()).add(column)
            self.generated |= {oid} if is_generated else set()
        for oid, column, user in connection.execute(USERS):
            self.users.setdefault(oid, {}).setdefault(column, set()).add(user)
        for oid, trigger in connection.execute(WHOLE_ROW_TRIGGERS):
            self.whole_row.setdefault(oid, []).append(trigger)
        self.replicated = {row[0] for row in connection.execute(REPLICATED)}
        has_counts = connection.execute(HAS_COUNTS).fetchone()
        self.starred = [row[0] for row in connection.execute(STARRED)] if has_counts and has_counts[0] else []


def _names(query: str, table: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(table)}(?!\w)", query, re.IGNORECASE) is not None
