"""Who still uses an old column, as far as MariaDB counts statements: where its `performance_schema` is on."""

from shipway.adapters.databases.session import Session
from shipway.schema.dialects.mariadb.names import identifiers

SHOWN_MAX = 5
USED = """
    SELECT COUNT_STAR, DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest
    WHERE SCHEMA_NAME = DATABASE() AND DIGEST_TEXT IS NOT NULL
      AND DIGEST_TEXT NOT REGEXP '^ *(ALTER|CREATE|DROP|SET|SHOW|EXPLAIN)' ORDER BY COUNT_STAR DESC
"""


def used(session: Session, *, table: str, old: str, new: str) -> list[str] | None:
    """Statements that name the table and the old column, and not the new one; none where nothing is counted."""
    if not session.rows("SELECT @@performance_schema")[0][0]:
        return None
    name = max(identifiers(table), key=lambda word: table.endswith(f"`{word}`"))
    found = []
    for calls, text in session.rows(USED):
        named = identifiers(str(text))
        if {name, old} <= named and new not in named:
            found.append(f"{calls} times: {' '.join(str(text).split())[:100]}")
    return found[:SHOWN_MAX]
