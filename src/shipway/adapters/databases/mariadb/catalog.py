"""A table as MariaDB's catalog has it."""

from collections.abc import Iterator

from shipway.adapters.databases.errors import NoTable
from shipway.adapters.databases.mariadb.versions import version_of
from shipway.adapters.databases.session import Row, Session
from shipway.schema.dialects.mariadb.names import identifiers, quoted
from shipway.schema.operations.built import Unfit
from shipway.schema.sql.names import quoted as named
from shipway.schema.table import Column, Constraint, Index, Table

TABLE = """
    SELECT TABLE_SCHEMA, TABLE_NAME, COALESCE(TABLE_ROWS, 0), TABLE_TYPE, COALESCE(ENGINE, ''),
           CREATE_OPTIONS LIKE '%%partitioned%%', VERSION()
    FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = COALESCE(NULLIF(%s, ''), DATABASE()) AND TABLE_NAME = %s AND TABLE_TYPE <> 'VIEW'
"""
COLUMNS = """
    SELECT COLUMN_NAME, COLUMN_TYPE, COALESCE(COLLATION_NAME, ''), IS_NULLABLE = 'NO',
           COALESCE(NULLIF(COLUMN_DEFAULT, 'NULL'), ''), LOWER(EXTRA), COLUMN_COMMENT
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION
"""
INDEXES = """
    SELECT INDEX_NAME, NON_UNIQUE, INDEX_TYPE, COLUMN_NAME, SUB_PART, COLLATION, NULLABLE
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s
    ORDER BY INDEX_NAME, SEQ_IN_INDEX
"""
CHECKS = """
    SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = %s AND TABLE_NAME = %s ORDER BY CONSTRAINT_NAME
"""
KEYS = """
    SELECT k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA,
           k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE
    FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
      ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
         AND r.TABLE_NAME = k.TABLE_NAME
    WHERE (k.TABLE_SCHEMA = %s AND k.TABLE_NAME = %s)
       OR (k.REFERENCED_TABLE_SCHEMA = %s AND k.REFERENCED_TABLE_NAME = %s)
    ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""
OTHERS = """
    SELECT CONCAT('view ', TABLE_NAME), VIEW_DEFINITION FROM information_schema.VIEWS
    WHERE TABLE_SCHEMA = DATABASE()
    UNION ALL SELECT CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME), ROUTINE_DEFINITION
    FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
    UNION ALL SELECT CONCAT('trigger ', TRIGGER_NAME), CONCAT(ACTION_STATEMENT, ' ', EVENT_OBJECT_TABLE)
    FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME NOT LIKE 'shipway\\_%'
"""
ENGINE = "InnoDB"


def read_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """Raises `NoTable`, `DatabaseError`, or `Unfit` where the engine is another one."""
    found = session.rows(TABLE, (schema, name))
    if not found:
        raise NoTable(
            f"The database has no table {quoted(name)}",
            where=where,
            why="This user sees no table of that name in the database of the address.",
            fix="Look at the name, and add `schema: …` if it is in another database.",
        )
    owner, own, rows, kind, engine, is_parted, version = found[0]
    place = (owner, own)
    if engine != ENGINE or kind != "BASE TABLE":
        raise Unfit(
            f"{own} is not a plain table of {ENGINE}",
            where=where,
            why=f"It is a {str(kind).lower()} of {engine}, which is changed only by being copied.",
            fix="Leave it out, or change its engine at a quiet hour first.",
        )
    major, minor, *_ = version_of(str(version))
    indexes = [*_indexes(session.rows(INDEXES, place))]
    return Table(
        schema=str(owner),
        name=str(own),
        rows=int(str(rows)),
        server=major * 100 + minor,
        columns=tuple(_column(row, is_parted=bool(is_parted)) for row in session.rows(COLUMNS, place)),
        key=_key(session.rows(INDEXES, place)),
        indexes=tuple(indexes),
        constraints=(
            *_checks(session.rows(CHECKS, place)),
            *_keys(session.rows(KEYS, (*place, *place)), str(own)),
        ),
    )


def new_table(session: Session, schema: str, name: str, *, where: str) -> Table:
    """One that is not there yet, for an operation that will say what it can do with it."""
    return Table(schema=schema, name=name, rows=0, columns=())


def dependents(session: Session, table: str, column: str) -> list[str]:
    """Views, routines and triggers whose text names the table and the column."""
    name = table.rpartition(".")[2].strip("`").replace("``", "`")
    return [what for what, words in named_in(session, name) if not column or column in words]


def named_in(session: Session, table: str) -> list[tuple[str, frozenset[str]]]:
    """Views, routines and triggers whose text names the table, with every word of it."""
    found = ((str(what), _words(str(text or ""))) for what, text in session.rows(OTHERS))
    return [(what, frozenset(words)) for what, words in found if table in words]


def _words(text: str) -> set[str]:
    plain = "".join(one if one.isalnum() or one in "_$" else " " for one in text)
    return {*plain.split(), *identifiers(text)}


def _column(row: Row, *, is_parted: bool) -> Column:
    name, kind, collation, is_required, default, extra, comment = row
    said = str(extra)
    special = (
        "it is generated" if "generated" in said else "it numbers its rows" if "auto_increment" in said else ""
    )
    if not special and "on update" in said:
        special = "each UPDATE sets it"
    if not special and is_parted:
        special = "the table is partitioned"
    return Column(
        name=str(name),
        type=str(kind),
        collation=str(collation),
        is_required=bool(is_required),
        default=str(default),
        comment=str(comment),
        is_touched="on update" in said,
        special="it is invisible" if not special and "invisible" in said else special,
    )


def _indexes(rows: list[Row]) -> Iterator[Index]:
    for name in dict.fromkeys(str(row[0]) for row in rows):
        own = [row for row in rows if row[0] == name]
        _, is_plain, kind, *_ = own[0]
        word = "INDEX" if kind in ("BTREE", "HASH") else f"{kind} INDEX"
        parts = ", ".join(_part(row) for row in own)
        text = f"{'' if is_plain else 'UNIQUE '}{word} {quoted(name)} ({parts})"
        yield Index(name=name, definition=text, columns=tuple(str(row[3]) for row in own))


def _part(row: Row) -> str:
    length = f"({row[4]})" if row[4] else ""
    return f"{quoted(str(row[3]))}{length}{' DESC' if row[5] == 'D' else ''}"


def _key(rows: list[Row]) -> tuple[str, ...]:
    """The primary key, or a unique index over whole columns without nulls."""
    unique: dict[str, list[Row]] = {}
    for row in rows:
        if not row[1]:
            unique.setdefault(str(row[0]), []).append(row)
    for name in sorted(unique, key=lambda one: one != "PRIMARY"):
        if not any(row[4] or row[6] == "YES" for row in unique[name]):
            return tuple(str(row[3]) for row in unique[name])
    return ()


def _checks(rows: list[Row]) -> Iterator[Constraint]:
    for name, text in rows:
        columns = tuple(sorted(identifiers(str(text))))
        yield Constraint(name=str(name), kind="c", definition=str(text), columns=columns)


def _keys(rows: list[Row], table: str) -> Iterator[Constraint]:
    """Foreign keys of the table, and those of others that point to it."""
    parts: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        parts.setdefault(tuple(row[:3]), []).append(row)
    for (name, schema, of, *_), own in parts.items():
        first = own[0]
        mine, theirs = [str(row[3]) for row in own], [str(row[6]) for row in own]
        here, there = (", ".join(quoted(word) for word in words) for words in (mine, theirs))
        other = f"{quoted(str(first[4]))}.{quoted(str(first[5]))}"
        does = f"ON DELETE {first[7]} ON UPDATE {first[8]}"
        is_incoming = of != table
        yield Constraint(
            name=str(name),
            kind="f",
            definition=f"FOREIGN KEY ({here}) REFERENCES {other} ({there}) {does}",
            columns=tuple(theirs if is_incoming else mine),
            is_incoming=is_incoming,
            is_self=of == table == first[5],
            other=f"{named(str(schema))}.{named(str(of))}",
        )
