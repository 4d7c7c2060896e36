"""A table as PostgreSQL's catalog has it."""

from shipway.adapters.databases.errors import NoTable
from shipway.adapters.databases.postgres.rows import ABOUT
from shipway.adapters.databases.session import Session
from shipway.schema.operations.built import Unfit
from shipway.schema.sql.names import quoted
from shipway.schema.table import Column, Constraint, Grant, Index, Partition, Table

TABLE = f"""
    SELECT c.oid, n.nspname, c.relname, {ABOUT},
           EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 3 = 3),
           c.relrowsecurity, current_setting('server_version_num')::int / 10000
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass(%s) AND c.relkind IN ('r', 'p')
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text ELSE '' END,
           a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
           coalesce(pg_get_serial_sequence(format('%%I.%%I', n.nspname, c.relname), a.attname), ''),
           CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' ELSE '' END,
           coalesce(col_description(c.oid, a.attnum), ''),
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder),
           CASE WHEN a.attgenerated <> '' THEN 'it is generated'
                WHEN a.attacl IS NOT NULL THEN 'it has grants of its own'
                WHEN EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = c.oid
                             AND a.attnum = ANY (p.partattrs)) THEN 'the table is partitioned by it'
                ELSE '' END
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
GRANTS = """
    SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.is_grantable
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = %s AND a.grantee <> c.relowner ORDER BY 2, 1
"""
INDEXES = """
    SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisunique AND i.indpred IS NULL
           AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_attribute a
               WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull),
           ARRAY(SELECT DISTINCT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND (
               a.attnum = ANY (i.indkey) OR EXISTS (SELECT FROM pg_depend d WHERE d.objid = i.indexrelid
               AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum)) AND a.attnum > 0),
           ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(n, at)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY k.at)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s AND i.indisvalid ORDER BY i.indisprimary DESC, c.relname
"""
CONSTRAINTS = """
    SELECT k.conname, k.contype, pg_get_constraintdef(k.oid), k.conrelid <> %s,
           (SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n
            ON n.oid = c.relnamespace WHERE c.oid = k.conrelid), k.conrelid = k.confrelid,
           ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = %s
                 AND a.attnum = ANY (CASE WHEN k.conrelid = %s THEN k.conkey ELSE k.confkey END))
    FROM pg_constraint k WHERE k.conrelid = %s OR k.confrelid = %s ORDER BY k.conname
"""
PARTITION = """
    SELECT pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), pg_get_partition_constraintdef(c.oid),
           (SELECT format('%%I.%%I', n.nspname, d.relname) FROM pg_partitioned_table p
            JOIN pg_class d ON d.oid = p.partdefid JOIN pg_namespace n ON n.oid = d.relnamespace
            WHERE p.partrelid = c.oid),
           (SELECT format('%%I.%%I', n.nspname, d.relname) FROM pg_class d
            JOIN pg_namespace n ON n.oid = d.relnamespace WHERE d.oid = i.inhparent)
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition WHERE c.oid = %s
"""
DESCRIBED = """
    coalesce((SELECT CASE v.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || v.oid::regclass
              FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
              WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND v.relkind IN ('v', 'm')),
             pg_describe_object(d.classid, d.objid, 0))
"""
"""Of what `d`, a row of `pg_depend`, is about: a view by its name, and not as the rule that it is made of."""
DEPENDENTS = f"""
    SELECT DISTINCT {DESCRIBED}
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.refobjid = to_regclass(%s) AND a.attname = %s AND d.classid <> 'pg_class'::regclass
      AND d.classid <> 'pg_constraint'::regclass AND d.classid <> 'pg_attrdef'::regclass
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.oid = d.objid AND t.tgname LIKE 'zz\\_shipway\\_%%')
"""
NAMED = """
    SELECT pg_describe_object('pg_proc'::regclass, p.oid, 0)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'shipway') AND p.prosqlbody IS NULL
      AND l.lanname NOT IN ('c', 'internal') AND p.prosrc ~* (
          SELECT '\\m' || regexp_replace(relname, '(\\W)', '\\\\\\1', 'g') || '\\M'
          FROM pg_class WHERE oid = to_regclass(%s))
    ORDER BY 1
"""
NEW = "SELECT coalesce(nullif(%s, ''), current_schema()), to_regclass(%s) IS NOT NULL"
NAMING = """
    SELECT l.lanname || ' function ' || p.oid::regprocedure
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'shipway') AND l.lanname NOT IN ('c', 'internal')
      AND p.prosrc ~* ('\\m' || %s || '\\M') AND p.prosrc ~* ('\\m' || %s || '\\M')
      AND (%s = '' OR p.prosrc !~* ('\\m' || %s || '\\M'))
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1
"""


def read_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """Raises `NoTable`, or `DatabaseError`."""
    called = _called(schema, name)
    found = session.rows(TABLE, (called,))
    if not found:
        raise NoTable(
            f"The database has no table {called}",
            where=where,
            why="No table of that name is on the search path of this user.",
            fix="Look at the name, and add `schema: …` if it is in another one.",
        )
    oid, owner, own, rows, has_triggers, has_policies, server = found[0]
    divided, bound, condition, default, parent = (str(one or "") for one in session.rows(PARTITION, (oid,))[0])
    indexes = session.rows(INDEXES, (oid,))
    keys = [_words(row[5]) for row in indexes if row[2]] or [_words(row[5]) for row in indexes if row[3]]
    return Table(
        schema=str(owner),
        name=str(own),
        rows=int(str(rows)),
        columns=tuple(_column(row) for row in session.rows(COLUMNS, (oid,))),
        key=keys[0] if keys else (),
        indexes=tuple(Index(name=str(row[0]), definition=str(row[1]), columns=_words(row[4])) for row in indexes),
        constraints=tuple(_constraint(row) for row in session.rows(CONSTRAINTS, (oid,) * 5)),
        has_row_triggers=bool(has_triggers),
        has_policies=bool(has_policies),
        server=int(str(server)),
        grants=tuple(
            Grant(privilege=str(row[0]), role=str(row[1]), is_grantable=bool(row[2]))
            for row in session.rows(GRANTS, (oid,))
        ),
        divided=divided,
        default_partition=default,
        partition=Partition(parent=parent, bound=bound, condition=condition) if parent else None,
    )


def new_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """In the schema where it would be made. Raises `Unfit`, or `DatabaseError`."""
    called = _called(schema, name)
    place, is_there = session.rows(NEW, (schema, called))[0]
    if place is None:
        raise Unfit(
            f"Nobody knows in which schema to make {called}",
            where=where,
            why="No schema is on the search path of this user.",
            fix="Add `schema: …`.",
        )
    if is_there:
        raise Unfit(
            f"{called} is there already",
            where=where,
            why="What this change did not make it cannot take back.",
            fix="Take another name, or leave the step out.",
        )
    return Table(schema=str(place), name=name, rows=0, columns=())


def _called(schema: str, name: str) -> str:
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def dependents(session: Session, table: str, column: str) -> list[str]:
    """What else in the database names a column: views, functions, policies, triggers.

    Without a column: functions in whose text the table's name stands. All else follows a table that is renamed.
    """
    if not column:
        return [str(row[0]) for row in session.rows(NAMED, (table,))]
    return [str(row[0]) for row in session.rows(DEPENDENTS, (table, column))]


def naming(session: Session, table: str, column: str, new: str) -> list[str]:
    """Functions whose text names the table and the column, and not the new one: no dependency is kept of them."""
    name = table.rpartition(".")[2].strip('"')
    return [str(row[0]) for row in session.rows(NAMING, (pattern(name), pattern(column), new, pattern(new)))]


def pattern(word: str) -> str:
    """A word in a regular expression of PostgreSQL, every sign for itself."""
    return "".join(one if one.isalnum() or one == "_" else f"\\{one}" for one in word)


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _column(row: tuple[object, ...]) -> Column:
    name, kind, collation, is_required, default, sequence, identity, comment, labels, special = row
    return Column(
        name=str(name),
        type=str(kind),
        collation=str(collation),
        is_required=bool(is_required),
        default=str(default),
        sequence=str(sequence),
        identity=str(identity),
        comment=str(comment),
        labels=_words(labels),
        special=str(special),
    )


def _constraint(row: tuple[object, ...]) -> Constraint:
    name, kind, definition, is_incoming, other, is_self, columns = row
    return Constraint(
        name=str(name),
        kind=kind.decode() if isinstance(kind, bytes) else str(kind),
        definition=str(definition),
        columns=_words(columns),
        is_incoming=bool(is_incoming),
        is_self=bool(is_self),
        other=str(other),
    )
