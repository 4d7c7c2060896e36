"""What else a table is part of: views, functions, policies, triggers and foreign keys, for who plans a change."""

from shipway.adapters.databases.postgres.catalog import DESCRIBED, NAMED
from shipway.adapters.databases.session import Session
from shipway.adapters.databases.surroundings import Around, about
from shipway.schema.change import Written
from shipway.schema.table import Table

AROUND = f"""
    SELECT DISTINCT
        CASE WHEN k.oid IS NOT NULL THEN format('foreign key %%I of %%s', k.conname, k.conrelid::regclass)
             ELSE {DESCRIBED} END,
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


def around(session: Session, step: Written, table: Table) -> tuple[Around, ...]:
    """Of a step: what names one of its columns, or is about the whole table. Raises `DatabaseError`."""
    found: dict[str, list[str]] = {}
    for what, column in session.rows(AROUND, (table.sql,)):
        found.setdefault(str(what), []).extend([str(column)] if column else [])
    for (what,) in session.rows(NAMED, (table.sql,)):
        found.setdefault(f"{what} by its text", [])
    return about([Around(what=what, columns=tuple(columns)) for what, columns in found.items()], step)
