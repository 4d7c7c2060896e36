"""A schema as a list of named definitions, by MariaDB's catalog, without what Shipway keeps for itself."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import pymysql

from shipway.adapters.databases.mariadb.connecting import CONNECT_SECONDS, connection_to
from shipway.adapters.databases.mariadb.telling import explained
from shipway.adapters.databases.session import Session
from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.difference import Name

SCRATCH = "shipway_diff_"
HERE = "TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'shipway\\_%'"
QUERIES = (
    f"""SELECT 'table', TABLE_NAME, CONCAT_WS(' ', ENGINE, TABLE_COLLATION, ROW_FORMAT,
        IF(TABLE_TYPE = 'BASE TABLE', '', TABLE_TYPE))
        FROM information_schema.TABLES WHERE TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE') AND {HERE}""",
    f"""SELECT 'column', CONCAT(c.TABLE_NAME, '.', c.COLUMN_NAME), CONCAT_WS(' ', c.COLUMN_TYPE,
        IF(c.COLLATION_NAME <> t.TABLE_COLLATION, CONCAT('COLLATE ', c.COLLATION_NAME), NULL),
        IF(c.IS_NULLABLE = 'NO', 'NOT NULL', NULL), CONCAT('DEFAULT ', c.COLUMN_DEFAULT), NULLIF(c.EXTRA, ''),
        CONCAT('AS (', c.GENERATION_EXPRESSION, ')'))
        FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
        WHERE t.TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE') AND c.{HERE.replace("TABLE_NAME", "c.TABLE_NAME")}""",
    f"""SELECT 'index', CONCAT(INDEX_NAME, ' on ', TABLE_NAME), CONCAT(IF(MAX(NON_UNIQUE) = 0, 'UNIQUE ', ''),
        MAX(INDEX_TYPE), ' (', GROUP_CONCAT(CONCAT(COLUMN_NAME, COALESCE(CONCAT('(', SUB_PART, ')'), ''),
        IF(COLLATION = 'D', ' DESC', '')) ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')')
        FROM information_schema.STATISTICS WHERE {HERE} GROUP BY TABLE_NAME, INDEX_NAME""",
    f"""SELECT 'constraint', CONCAT(CONSTRAINT_NAME, ' on ', k.TABLE_NAME), CONCAT('FOREIGN KEY (',
        GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') REFERENCES ',
        MAX(IF(k.REFERENCED_TABLE_SCHEMA = DATABASE(), '', CONCAT(k.REFERENCED_TABLE_SCHEMA, '.'))),
        MAX(k.REFERENCED_TABLE_NAME), ' (',
        GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') ON DELETE ',
        MAX(r.DELETE_RULE), ' ON UPDATE ', MAX(r.UPDATE_RULE))
        FROM information_schema.KEY_COLUMN_USAGE k
        JOIN information_schema.REFERENTIAL_CONSTRAINTS r USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
        WHERE r.TABLE_NAME = k.TABLE_NAME AND k.{HERE.replace("TABLE_NAME", "k.TABLE_NAME")}
        GROUP BY k.TABLE_NAME, CONSTRAINT_NAME""",
    f"""SELECT 'constraint', CONCAT(CONSTRAINT_NAME, ' on ', TABLE_NAME), CONCAT('CHECK (', CHECK_CLAUSE, ')')
        FROM information_schema.CHECK_CONSTRAINTS
        WHERE {HERE.replace("TABLE_SCHEMA", "CONSTRAINT_SCHEMA")}""",
    f"""SELECT 'partition', CONCAT(TABLE_NAME, '.', PARTITION_NAME), CONCAT_WS(' ', PARTITION_METHOD,
        PARTITION_EXPRESSION, PARTITION_DESCRIPTION, SUBPARTITION_NAME)
        FROM information_schema.PARTITIONS WHERE PARTITION_NAME IS NOT NULL AND {HERE}""",
    """SELECT 'trigger', CONCAT(TRIGGER_NAME, ' on ', EVENT_OBJECT_TABLE),
        CONCAT_WS(' ', ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT)
        FROM information_schema.TRIGGERS
        WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME NOT LIKE 'shipway\\_%'""",
    """SELECT 'view', TABLE_NAME, CONCAT(IF(SECURITY_TYPE = 'INVOKER', 'SQL SECURITY INVOKER ', ''),
        REPLACE(VIEW_DEFINITION, CONCAT('`', REPLACE(DATABASE(), '`', '``'), '`.'), ''))
        FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()""",
    """SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, CONCAT_WS(' ', CONCAT('(', (
            SELECT GROUP_CONCAT(CONCAT_WS(' ', PARAMETER_MODE, PARAMETER_NAME, p.DTD_IDENTIFIER)
                ORDER BY ORDINAL_POSITION SEPARATOR ', ')
            FROM information_schema.PARAMETERS p WHERE p.SPECIFIC_SCHEMA = r.ROUTINE_SCHEMA
              AND p.SPECIFIC_NAME = r.SPECIFIC_NAME AND p.ROUTINE_TYPE = r.ROUTINE_TYPE AND ORDINAL_POSITION > 0),
        ')'), CONCAT('RETURNS ', r.DTD_IDENTIFIER), ROUTINE_DEFINITION)
        FROM information_schema.ROUTINES r WHERE ROUTINE_SCHEMA = DATABASE()""",
    """SELECT 'event', EVENT_NAME, CONCAT_WS(' ', EVENT_TYPE, INTERVAL_VALUE, INTERVAL_FIELD, EXECUTE_AT, STATUS,
        EVENT_DEFINITION) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()""",
)
SEQUENCES = f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND {HERE}"
LONGEST = "SET SESSION group_concat_max_len = 1048576"
"""Characters of an index's or a key's columns; the server's own limit cuts them silently."""
MADE = (
    "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA"
    " WHERE SCHEMA_NAME = %s"
)


def described(session: Session) -> dict[Name, str]:
    """By kind and name. Raises `DatabaseError`."""
    session.rows(LONGEST)
    found = {
        (str(kind), str(name)): " ".join(str(text).split())
        for query in QUERIES
        for kind, name, text in session.rows(query)
    }
    for (name,) in session.rows(SEQUENCES):
        ((_, text),) = session.rows(f"SHOW CREATE SEQUENCE {quoted(str(name))}")
        found["sequence", str(name)] = " ".join(str(text).split()).partition(" start with ")[2]
    return found


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The address of a new, empty database on the same server, which is dropped at the end.

    Its character set and collation are those of the one that it is compared with, since tables take them over.
    """
    name = f"{SCRATCH}{secrets.token_hex(4)}"
    try:
        ((database,),) = _said(url, "SELECT DATABASE()")
        ((letters, order),) = _said(url, MADE, str(database))
        _said(url, f"CREATE DATABASE {quoted(name)} CHARACTER SET {letters} COLLATE {order}")
        try:
            yield urlsplit(url)._replace(path=f"/{quote(name)}").geturl()
        finally:
            _said(url, f"DROP DATABASE IF EXISTS {quoted(name)}")
    except (pymysql.MySQLError, OSError, ValueError) as error:
        raise explained(error, where="a new database beside it") from error


def _said(url: str, statement: str, *values: str) -> tuple[tuple[object, ...], ...]:
    """By a connection of its own: the one before may have been closed meanwhile."""
    connection = connection_to(url, purpose="schema diff", seconds=CONNECT_SECONDS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return tuple(cursor.fetchall())
    finally:
        connection.close()
