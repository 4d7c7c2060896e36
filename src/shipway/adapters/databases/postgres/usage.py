"""Who still uses an old column, as far as PostgreSQL counts statements."""

from shipway.adapters.databases.session import Session

SHOWN_MAX = 5
HAS_COUNTS = "SELECT to_regclass('pg_stat_statements') IS NOT NULL"
USED = """
    SELECT calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 100) FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query ~* ('\\m' || %s || '\\M') AND query ~* ('\\m' || %s || '\\M')
      AND (%s = '' OR query !~* ('\\m' || %s || '\\M'))
      AND query !~* '^\\s*(alter|create|drop|comment|copy)\\M' AND query !~ 'pg_stat_statements'
    ORDER BY calls DESC LIMIT %s
"""


def used(session: Session, *, table: str, old: str, new: str) -> list[str] | None:
    """Statements that name the table and the old column, and not the new one; none where nothing is counted.

    Without a column, those that name the table.
    """
    if session.rows(HAS_COUNTS)[0][0] is not True:
        return None
    name = table.rpartition(".")[2].strip('"')
    found = session.rows(USED, (_literal(name), _literal(old or name), new, _literal(new), SHOWN_MAX))
    return [f"{calls} times: {query}" for calls, query in found]


def _literal(word: str) -> str:
    """A word in a regular expression of PostgreSQL, every sign for itself."""
    return "".join(one if one.isalnum() or one == "_" else f"\\{one}" for one in word)
