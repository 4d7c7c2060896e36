"""Who still uses an old column, as far as PostgreSQL counts statements, keeps dependencies and knows sessions."""

from collections.abc import Sequence

from shipway.adapters.databases.postgres.catalog import dependents, naming, pattern
from shipway.adapters.databases.proving import Connected, Going, Usage, Use
from shipway.adapters.databases.session import Session

SHOWN_MAX = 5
HAS_COUNTS = "SELECT to_regclass('pg_stat_statements') IS NOT NULL"
USED = """
    SELECT calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 100) FROM pg_stat_statements s
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query ~* ('\\m' || %s || '\\M') AND query ~* ('\\m' || %s || '\\M')
      AND (%s = '' OR query !~* ('\\m' || %s || '\\M'))
      AND query !~* '^\\s*(alter|create|drop|comment|copy)\\M' AND query !~ 'pg_stat_statements'
      AND coalesce((to_jsonb(s) ->> 'toplevel')::boolean, true)
    ORDER BY calls DESC LIMIT %s
"""
"""Those that a trigger or a foreign key runs are nobody's: functions are looked at by their text."""
STARS = """
    SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query ~* ('\\m' || %s || '\\M') AND query ~* '\\mselect\\M([^()]*[\\s,.])?\\*'
      AND query !~* '^\\s*copy\\M'
"""
COUNTED = "SELECT extract(epoch FROM now() - stats_reset)::float8, dealloc FROM pg_stat_statements_info"
SESSIONS = """
    SELECT coalesce(nullif(application_name, ''), '?'), usename, count(*),
           extract(epoch FROM now() - min(backend_start))::float8
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND application_name NOT LIKE 'shipway %'
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


def used(session: Session, *, table: str, old: str, new: str) -> list[str] | None:
    """Statements that name the table and the old column, and not the new one; none where nothing is counted.

    Without a column, those that name the table.
    """
    if session.rows(HAS_COUNTS)[0][0] is not True:
        return None
    name = _plain(table)
    found = session.rows(USED, (pattern(name), pattern(old or name), new, pattern(new), SHOWN_MAX))
    return [f"{calls} times: {query}" for calls, query in found]


def usage(session: Session, change: str, going: Sequence[Going]) -> Usage:
    """Everything that the database knows, of columns whose name goes. Raises `DatabaseError`."""
    is_counted = session.rows(HAS_COUNTS)[0][0] is True
    since, forgotten = session.rows(COUNTED)[0] if is_counted else (None, 0)
    return Usage(
        change=change,
        uses=tuple(_use(session, table, column, new, is_counted) for table, column, new in going),
        counted_seconds=None if since is None else float(str(since)),
        forgotten=int(str(forgotten)),
        sessions=tuple(
            Connected(application=str(name), role=str(role), count=int(str(count)), oldest_seconds=float(str(age)))
            for name, role, count, age in session.rows(SESSIONS)
        ),
    )


def _use(session: Session, table: str, column: str, new: str, is_counted: bool) -> Use:
    statements = used(session, table=table, old=column, new=new)
    stars = session.rows(STARS, (pattern(_plain(table)),))[0][0] if is_counted else 0
    return Use(
        table=table,
        column=column,
        following=new,
        statements=None if statements is None else tuple(statements),
        stars=int(str(stars)),
        objects=(*dependents(session, table, column), *(naming(session, table, column, new) if column else ())),
    )


def _plain(table: str) -> str:
    return table.rpartition(".")[2].strip('"')
