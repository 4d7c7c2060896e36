"""Who still uses an old column, as far as MariaDB counts statements: where its `performance_schema` is on.

Sessions are those that this user may see: its own ones, or all with the right PROCESS.
"""

from collections.abc import Sequence

from shipway.adapters.databases.mariadb.catalog import dependents
from shipway.adapters.databases.proving import Connected, Going, Proving, Unproven, Usage, Use
from shipway.adapters.databases.session import Session
from shipway.schema.dialects.mariadb.names import identifiers
from shipway.schema.operations.built import Built

SHOWN_MAX = 5
COUNTS = "SELECT @@performance_schema"
USED = """
    SELECT COUNT_STAR, DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest
    WHERE SCHEMA_NAME = DATABASE() AND DIGEST_TEXT IS NOT NULL
      AND DIGEST_TEXT NOT REGEXP '^ *(ALTER|CREATE|DROP|SET|SHOW|EXPLAIN)' ORDER BY COUNT_STAR DESC
"""
STAR = " AND DIGEST_TEXT REGEXP '^ *SELECT .*(SELECT|DISTINCT|,|[.]) [*]|^ *SELECT [*]' ORDER BY"
SESSIONS = """
    SELECT {application}, p.USER, COUNT(*) FROM information_schema.PROCESSLIST p {joined}
    WHERE p.DB = DATABASE() AND p.ID <> CONNECTION_ID() AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump')
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
NAMED = """LEFT JOIN performance_schema.session_connect_attrs a
    ON a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name'"""
OURS = "shipway "


def used(session: Session, *, table: str, old: str, new: str) -> list[str] | None:
    """Statements that name the table and the old column, and not the new one; none where nothing is counted."""
    if not session.rows(COUNTS)[0][0]:
        return None
    name = _plain(table)
    found = []
    for calls, text in session.rows(USED):
        named = identifiers(str(text))
        if {name, old} <= named and new not in named:
            found.append(f"{calls} times: {' '.join(str(text).split())[:100]}")
    return found[:SHOWN_MAX]


def proving(session: Session, change: str, built: Sequence[Built]) -> Proving:
    """See `session.Dialect`: it can show who uses a column, and take it from nobody."""
    return Seen(session, change, built)


class Seen(Unproven):
    """No freeze, but what the database knows."""

    def __init__(self, session: Session, change: str, built: Sequence[Built]) -> None:
        super().__init__(change, built)
        self.session = session

    def usage(self) -> Usage:
        """Statements, dependents, sessions. Raises `DatabaseError`."""
        is_counted = bool(self.session.rows(COUNTS)[0][0])
        return Usage(
            change=self.change,
            uses=tuple(self._use(one, is_counted=is_counted) for one in self.going),
            sessions=_sessions(self.session, is_counted=is_counted),
        )

    def _use(self, going: Going, *, is_counted: bool) -> Use:
        table, column, new = going
        statements = used(self.session, table=table, old=column, new=new)
        stars = self.session.rows(USED.replace(" ORDER BY", STAR)) if is_counted else []
        name = _plain(table)
        return Use(
            table=table,
            column=column,
            following=new,
            statements=None if statements is None else tuple(statements),
            stars=sum(int(str(calls)) for calls, text in stars if name in identifiers(str(text))),
            objects=tuple(dependents(self.session, table, column)),
        )


def _sessions(session: Session, *, is_counted: bool) -> tuple[Connected, ...]:
    """By application too, where that is kept. When each connected is not."""
    words = {"application": "COALESCE(a.ATTR_VALUE, '?')", "joined": NAMED} if is_counted else None
    rows = session.rows(SESSIONS.format(**(words or {"application": "'?'", "joined": ""})))
    return tuple(
        Connected(application=str(application), role=str(role), count=int(str(count)))
        for application, role, count in rows
        if not str(application).startswith(OURS)
    )


def _plain(table: str) -> str:
    return max(identifiers(table), key=lambda word: table.endswith(f"`{word}`"))
