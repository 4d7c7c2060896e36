"""What releases ask for, kept beside the changes themselves: the fence against controllers that slept.

A generation counts within one store of journals, so each store has rows of its own.
"""

from shipway.adapters.databases.session import Row, Session
from shipway.errors import StaleGeneration
from shipway.model.phase import Phase


def accept(session: Session, change: str, store: str, phase: Phase, generation: int) -> None:
    """Remember the newest wish. Raises `StaleGeneration` where a newer one was heard."""
    sql = session.dialect.STATEMENTS
    if not _exist(session):
        session.together([(text, ()) for text in sql.wish_tables])
    session.together([(sql.wish_accept, (change, store, int(phase), generation))])
    if newest(session, store).get(change) != generation:
        raise StaleGeneration(
            f"{change} follows a newer decision.",
            where=f"generation {generation}",
            why=f"Generation {newest(session, store).get(change)} came first.",
        )


def newest(session: Session, store: str) -> dict[str, int]:
    """By change: the newest generation that was accepted."""
    if not _exist(session):
        return {}
    return {str(change): int(str(generation)) for change, generation in _newest(session, store)}


def _exist(session: Session) -> bool:
    return bool(session.rows(session.dialect.STATEMENTS.wish_exists)[0][0])


def _newest(session: Session, store: str) -> list[Row]:
    return session.rows(session.dialect.STATEMENTS.wish_newest, (store,))
