"""What else a table is part of: views, functions, policies, triggers and foreign keys, for who plans a change."""

from collections.abc import Sequence

from msgspec import Struct

from shipway.adapters.databases.postgres.catalog import NAMED
from shipway.adapters.databases.session import Session
from shipway.schema.change import Written
from shipway.schema.table import Table

NAMING = ("from", "column", "columns")
"""Options that name columns of the table."""
AROUND = """
    SELECT DISTINCT
        CASE WHEN d.classid = 'pg_rewrite'::regclass THEN (
                SELECT CASE v.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || v.oid::regclass
                FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class WHERE r.oid = d.objid)
             WHEN k.oid IS NOT NULL THEN format('foreign key %%I of %%s', k.conname, k.conrelid::regclass)
             ELSE pg_describe_object(d.classid, d.objid, 0) END,
        coalesce(a.attname, '')
    FROM pg_depend d
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'f'
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(%s)
      AND (k.oid IS NOT NULL OR d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass)
           OR t.oid IS NOT NULL AND NOT t.tgisinternal AND t.tgname NOT LIKE 'zz\\_shipway\\_%%')
    ORDER BY 1, 2
"""


class Around(Struct, frozen=True, kw_only=True):
    """One of them."""

    what: str
    """As PostgreSQL describes it."""
    columns: tuple[str, ...] = ()
    """Of the table, that it names; none where it is about the whole table, or names it in a text alone."""


def around(session: Session, step: Written, table: Table) -> tuple[Around, ...]:
    """Of a step: what names one of its columns, or is about the whole table. Raises `DatabaseError`."""
    found: dict[str, list[str]] = {}
    for what, column in session.rows(AROUND, (table.sql,)):
        found.setdefault(str(what), []).extend([str(column)] if column else [])
    for (what,) in session.rows(NAMED, (table.sql,)):
        found.setdefault(f"{what} by its text", [])
    named = _named(step)
    return tuple(
        Around(what=what, columns=tuple(columns))
        for what, columns in found.items()
        if not columns or not named or named & set(columns)
    )


def _named(step: Written) -> frozenset[str]:
    texts: Sequence[str] = [step.options[word] for word in NAMING if word in step.options]
    return frozenset(name.strip() for text in texts for name in text.split(","))
