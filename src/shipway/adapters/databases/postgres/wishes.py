"""What releases ask for, kept beside the changes themselves: the fence against controllers that slept.

A generation counts within one store of journals, so each store has rows of its own.
"""

from shipway.adapters.databases.postgres.journal import Statement
from shipway.adapters.databases.postgres.session import Session
from shipway.errors import StaleGeneration
from shipway.model.phase import Phase

TABLES: tuple[Statement, ...] = (
    ("CREATE SCHEMA IF NOT EXISTS shipway", ()),
    (
        """CREATE TABLE IF NOT EXISTS shipway.wishes (
            change text NOT NULL, store text NOT NULL, phase smallint NOT NULL, generation bigint NOT NULL,
            at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (change, store))""",
        (),
    ),
)
ACCEPT = """
    INSERT INTO shipway.wishes (change, store, phase, generation) VALUES (%s, %s, %s, %s)
    ON CONFLICT (change, store) DO UPDATE SET phase = excluded.phase, generation = excluded.generation, at = now()
    WHERE shipway.wishes.generation <= excluded.generation RETURNING generation
"""
NEWEST = "SELECT change, generation FROM shipway.wishes WHERE store = %s"


def accept(session: Session, change: str, store: str, phase: Phase, generation: int) -> None:
    """Remember the newest wish. Raises `StaleGeneration` where a newer one was heard."""
    if not _exist(session):
        session.together(TABLES)
    if not session.rows(ACCEPT, (change, store, int(phase), generation)):
        raise StaleGeneration(
            f"{change} follows a newer decision.",
            where=f"generation {generation}",
            why=f"Generation {newest(session, store).get(change)} came first.",
        )


def newest(session: Session, store: str) -> dict[str, int]:
    """By change: the newest generation that was accepted."""
    if not _exist(session):
        return {}
    return {str(change): int(str(generation)) for change, generation in session.rows(NEWEST, (store,))}


def _exist(session: Session) -> bool:
    return session.rows("SELECT to_regclass('shipway.wishes') IS NOT NULL")[0][0] is True
