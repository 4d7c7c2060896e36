"""Which backfills wait just now, kept beside how far they are: for who asks from elsewhere.

A note is written anew every second. One that is older was left by a command that is gone.
"""

from shipway.adapters.databases.session import Session
from shipway.model.wait import Wait

FRESH_SECONDS = 15.0


def note(session: Session, change: str, step: str, why: str) -> None:
    """It waits; since when is kept while the notes follow each other."""
    sql = session.dialect.STATEMENTS
    if not _exist(session):
        session.together([(text, ()) for text in sql.pause_tables])
    session.together([(sql.pause_note, (change, step, why, FRESH_SECONDS))])


def over(session: Session, change: str, step: str) -> None:
    """It goes on."""
    if _exist(session):
        session.together([(session.dialect.STATEMENTS.pause_over, (change, step))])


def waits(session: Session, change: str) -> Wait | None:
    """Why a change waits, and since when by the database's clock; the oldest where several tables do."""
    if not _exist(session):
        return None
    found = session.rows(session.dialect.STATEMENTS.pauses, (change, FRESH_SECONDS))
    return Wait(why=str(found[0][0]), since=float(str(found[0][1]))) if found else None


def _exist(session: Session) -> bool:
    return bool(session.rows(session.dialect.STATEMENTS.pause_exists)[0][0])
