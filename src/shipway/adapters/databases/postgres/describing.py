"""A schema as a list of named definitions, in PostgreSQL's own words, without what Shipway keeps for itself."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from shipway.adapters.databases.postgres.connecting import connection_to
from shipway.adapters.databases.postgres.telling import explained
from shipway.adapters.databases.session import Session
from shipway.schema.difference import Name
from shipway.schema.sql.names import quoted

OURS = "('pg_catalog', 'information_schema', 'pg_toast', 'shipway')"
NOT_OF_EXTENSIONS = "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {0}.oid AND e.deptype = 'e')"
QUERIES = (
    f"""SELECT 'table', c.oid::regclass::text,
        CASE c.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
        || CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) ELSE '' END
        || CASE WHEN c.relrowsecurity THEN ' ROW LEVEL SECURITY' ELSE '' END
        || CASE c.relpersistence WHEN 'u' THEN ' UNLOGGED' ELSE '' END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN {OURS} AND {NOT_OF_EXTENSIONS.format("c")}""",
    f"""SELECT 'column', c.oid::regclass::text || '.' || quote_ident(a.attname),
        format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE WHEN a.attgenerated <> '' THEN ' GENERATED (' || pg_get_expr(d.adbin, d.adrelid) || ')'
                ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END
        || CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY' ELSE '' END
        || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND n.nspname NOT IN {OURS}
          AND {NOT_OF_EXTENSIONS.format("c")}""",
    f"""SELECT 'index', c.oid::regclass::text || ' on ' || i.indrelid::regclass, pg_get_indexdef(c.oid)
        || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN {OURS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid
          AND k.contype IN ('p', 'u', 'x')) AND {NOT_OF_EXTENSIONS.format("c")}""",
    f"""SELECT 'constraint', quote_ident(k.conname) || ' on ' || k.conrelid::regclass, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
        WHERE k.conrelid <> 0 AND k.contype <> 'n' AND n.nspname NOT IN {OURS}""",
    f"""SELECT 'trigger', quote_ident(t.tgname) || ' on ' || t.tgrelid::regclass, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND t.tgname NOT LIKE 'zz\\_shipway\\_%' AND n.nspname NOT IN {OURS}""",
    f"""SELECT 'policy', quote_ident(p.polname) || ' on ' || p.polrelid::regclass, p.polcmd::text || ' USING '
        || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' CHECK '
        || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN {OURS}""",
    f"""SELECT 'view', c.oid::regclass::text, pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN {OURS} AND {NOT_OF_EXTENSIONS.format("c")}""",
    f"""SELECT 'sequence', c.oid::regclass::text, format_type(s.seqtypid, NULL) || ' BY ' || s.seqincrement
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN {OURS} AND {NOT_OF_EXTENSIONS.format("c")}""",
    f"""SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind IN ('f', 'p') AND n.nspname NOT IN {OURS} AND {NOT_OF_EXTENSIONS.format("p")}""",
    f"""SELECT 'enum', t.oid::regtype::text, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname NOT IN {OURS} AND {NOT_OF_EXTENSIONS.format("t")} GROUP BY t.oid""",
    "SELECT 'extension', extname, extversion FROM pg_extension WHERE extname <> 'plpgsql'",
)


def described(session: Session) -> dict[Name, str]:
    """By kind and name. Raises `DatabaseError`."""
    session.rows("SELECT set_config('search_path', 'public', false)")
    return {
        (str(kind), str(name)): " ".join(str(text).split())
        for query in QUERIES
        for kind, name, text in session.rows(query)
    }


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The address of a new, empty database on the same server, which is dropped at the end."""
    name = f"shipway_diff_{secrets.token_hex(4)}"
    try:
        with connection_to(url, purpose="schema diff") as connection:
            connection.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE template0")
            try:
                yield make_conninfo(url, dbname=name)
            finally:
                connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
    except psycopg.Error as error:
        raise explained(error, where="a new database beside it") from error
