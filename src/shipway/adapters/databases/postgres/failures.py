"""How it is seen that somebody fails while an old shape is frozen.

PostgreSQL keeps no count of errors by kind. Three things are left: a sequence that our trigger counts in, which
no rollback takes back; the server's log, where it may be read; and how many transactions are rolled back.
"""

import re

from msgspec import Struct

from shipway.adapters.databases.session import Session

ROLLED_BACK = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
MAY_READ_LOG = """
    SELECT has_function_privilege('pg_current_logfile()', 'EXECUTE')
       AND has_function_privilege('pg_stat_file(text)', 'EXECUTE')
       AND has_function_privilege('pg_read_binary_file(text, bigint, bigint)', 'EXECUTE')
"""
LOG = "SELECT f.path, (pg_stat_file(f.path)).size FROM pg_current_logfile() f(path) WHERE f.path IS NOT NULL"
READ = "SELECT pg_read_binary_file(%s, %s, %s)"
READ_BYTES_MAX = 8_000_000
ENGLISH = ("", "C", "POSIX", "en", "C.")
"""Beginnings of `lc_messages` under which errors are told in English."""
MORE_TIMES, MORE_AT_LEAST = 3.0, 10.0
"""Rolled back are more transactions than before by this factor, and by so many more."""
CONNECTED = """
    SELECT DISTINCT coalesce(nullif(application_name, ''), '?'), usename FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND application_name NOT LIKE 'shipway %%' ORDER BY 1, 2 LIMIT 5
"""


class Marks(Struct, frozen=True, kw_only=True):
    """Where everything stood when the freeze began; kept in the database, for who goes on with it."""

    rolled_back: int
    rate: float
    """Transactions rolled back per second before."""
    log: str
    """The server's log; empty where it cannot be read."""
    offset: int
    used: dict[str, int]
    """By sequence."""
    opened: bool = False
    """Whether this freeze, or one that it shares the time with, let everybody look into the schema `shipway`."""
    after: tuple[str, ...] = ()
    """What is to be done once the rights are back: it may have to wait."""


def rolled_back(session: Session) -> int:
    """Transactions of this database, ever."""
    return int(str(session.rows(ROLLED_BACK)[0][0]))


def counted(session: Session, sequence: str) -> int:
    """Writes of the old shape that a trigger has seen, ever."""
    found = session.rows("SELECT to_regclass(%s) IS NOT NULL", (sequence,))
    if found[0][0] is not True:
        return 0
    return int(str(session.rows(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")[0][0]))


def log_of(session: Session) -> tuple[str, int]:
    """The server's log and its length; no name where it cannot be read, or is told in another language."""
    if session.rows(MAY_READ_LOG)[0][0] is not True:
        return "", 0
    found = session.rows(LOG)
    if not found:
        return "", 0
    path = str(found[0][0])
    words = str(session.rows("SHOW lc_messages")[0][0])
    is_english = any(words == one or (one and words.startswith(one)) for one in ENGLISH)
    return (path, int(str(found[0][1]))) if is_english or path.endswith((".csv", ".json")) else ("", 0)


def denied(text: str, tables: tuple[str, ...]) -> str:
    """The first line of a log by which a table, by its plain name, was refused to somebody. Empty without one."""
    for line in text.splitlines():
        if "permission denied" in line or "42501" in line:
            for name in tables:
                if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", line):
                    return line.strip()
    return ""


def failed(session: Session, marks: Marks, tables: tuple[str, ...], seconds: float) -> str:
    """By what somebody failed, or tried, since then, as a sentence; empty where nothing is seen."""
    for sequence, before in marks.used.items():
        if (more := counted(session, sequence) - before) > 0:
            return f"{more} writes of the old shape were counted. Connected are {_connected(session)}."
    if line := _logged(session, marks, tables):
        return f"the server's log says: {line}"
    more, expected = rolled_back(session) - marks.rolled_back, marks.rate * seconds
    if more > MORE_TIMES * expected and more > expected + MORE_AT_LEAST:
        return (
            f"{more} transactions were rolled back in {seconds:.0f} s, where {expected:.0f} were usual. "
            f"Connected are {_connected(session)}."
        )
    return ""


def _logged(session: Session, marks: Marks, tables: tuple[str, ...]) -> str:
    if not marks.log:
        return ""
    path, size = log_of(session)
    begin = marks.offset if path == marks.log else 0
    while path and begin < size:
        read = session.rows(READ, (path, begin, READ_BYTES_MAX))[0][0]
        text = bytes(read).decode(errors="replace") if isinstance(read, bytes | memoryview) else ""
        if line := denied(text, tables):
            return line
        begin += READ_BYTES_MAX
    return ""


def _connected(session: Session) -> str:
    found = session.rows(CONNECTED)
    return ", ".join(f"{name} as {role}" for name, role in found) or "nobody now"
