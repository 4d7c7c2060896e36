"""What a database holds, as a short text: two that say the same go on in the same way.

It tells states apart while one is looked at hundreds of times. What is compared in the end is a dump.
"""

import hashlib

import psycopg
from msgspec import Struct

from postgres import rows

CATALOG = """
    WITH ours AS (SELECT n.oid FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
    relations AS (SELECT c.* FROM pg_class c JOIN ours ON ours.oid = relnamespace)
    SELECT 'relation', c.oid::regclass::text, relkind::text, concat_ws(' ', relhastriggers, relrowsecurity, relacl)
        FROM relations c
    UNION ALL SELECT 'column', c.oid::regclass::text, attname::text, concat_ws(' ', atttypid::regtype, attnotnull,
        attidentity, attgenerated, attacl, pg_get_expr(adbin, adrelid))
        FROM relations c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
    UNION ALL SELECT 'index', indexrelid::regclass::text, '', concat_ws(' ', indisvalid, indisready, indislive)
        FROM relations c JOIN pg_index ON indrelid = c.oid
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text,
        concat_ws(' ', convalidated, pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN ours ON ours.oid = connamespace
    UNION ALL SELECT 'trigger', c.oid::regclass::text, tgname::text, tgenabled::text
        FROM relations c JOIN pg_trigger ON tgrelid = c.oid AND NOT tgisinternal
    UNION ALL SELECT 'function', p.oid::regprocedure::text, md5(prosrc), ''
        FROM pg_proc p JOIN ours ON ours.oid = pronamespace
    UNION ALL SELECT 'part', inhrelid::regclass::text, inhparent::regclass::text, inhdetachpending::text
        FROM relations c JOIN pg_inherits ON inhrelid = c.oid
    UNION ALL SELECT 'view', c.oid::regclass::text, '', md5(pg_get_viewdef(c.oid))
        FROM relations c WHERE relkind = 'v'
    UNION ALL SELECT 'value', enumtypid::regtype::text, enumlabel::text, enumsortorder::text FROM pg_enum
    UNION ALL SELECT 'sequence', seqrelid::regclass::text, seqtypid::regtype::text,
        pg_sequence_last_value(seqrelid)::text FROM pg_sequence
    UNION ALL SELECT 'done', change, step, '' FROM shipway.steps
    UNION ALL SELECT 'phase', name, phase::text, (verified_at IS NOT NULL)::text FROM shipway.changes
    UNION ALL SELECT 'walk', change, step, concat_ws(' ', last, upper, rows_walked, is_done) FROM shipway.backfills
"""
ORPHANS = r"""
    SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE '%shipway%'
    UNION ALL SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE nspname = 'shipway'
    UNION ALL SELECT 'column ' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE attname LIKE '%shipway%' AND NOT attisdropped AND relkind IN ('r', 'p', 'v')
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '%shipway%'
    UNION ALL SELECT 'index ' || relname FROM pg_class JOIN pg_index ON indexrelid = oid
        WHERE NOT indisvalid AND relkind = 'i' OR relname LIKE '%\_shipway'
    UNION ALL SELECT 'leaving ' || inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending
"""
"""What nothing of ours may leave behind."""
TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'shipway')
"""


CONTRACTING = "SELECT EXISTS (SELECT FROM shipway.steps WHERE step LIKE 'contract.%')"


class State(Struct, frozen=True, kw_only=True):
    """At one moment."""

    text: str
    """Of everything that is committed: shapes, rows, and what our journal says; but for when it was."""
    has_way_back: bool
    """Whether no contract was begun."""


def state(uri: str) -> State:
    """As it is now."""
    with psycopg.connect(uri, autocommit=True) as connection:
        said = sorted(str(row) for row in connection.execute(CATALOG))
        for (table,) in connection.execute(TABLES).fetchall():
            kept = connection.execute(f"SELECT t::text FROM ONLY {table} t".encode())
            said += sorted(str(row[0]) for row in kept)
        is_contracting = (connection.execute(CONTRACTING).fetchone() or (False,))[0]
    text = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return State(text=text, has_way_back=not is_contracting)


def orphans(uri: str) -> list[str]:
    """What is left over."""
    return [str(row[0]) for row in rows(uri, ORPHANS)]
