"""Connections to the database whose schema is changed, by psycopg."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shipway import __version__
from shipway.adapters.databases.errors import Pooled
from shipway.adapters.databases.postgres.telling import explained
from shipway.schema.sql.parse import missing

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

    from shipway.adapters.databases.postgres.session import Session

CONNECT_SECONDS = 10


@contextmanager
def connected(url: str, *, purpose: str, where: str = "--database") -> "Iterator[Connection[TupleRow]]":
    """A connection that commits each statement by itself, closed at the end.

    Raises `DatabaseError`, or `NoPostgres` without psycopg.
    """
    try:
        import psycopg
    except ImportError as error:
        raise missing("psycopg", "talks to PostgreSQL") from error
    try:
        with connection_to(url, purpose=purpose) as connection:
            yield connection
    except psycopg.Error as error:
        raise explained(error, where=where) from error


def dial(url: str, *, purpose: str, where: str, seconds: int) -> "Session":
    """See `opening.dial`."""
    try:
        import psycopg
    except ImportError as error:
        raise missing("psycopg", "talks to PostgreSQL") from error
    from shipway.adapters.databases.postgres.session import Session

    try:
        return Session(connection_to(url, purpose=purpose, seconds=seconds), url=url)
    except psycopg.Error as error:
        raise explained(error, where=where) from error


def connection_to(url: str, *, purpose: str, seconds: int = CONNECT_SECONDS) -> "Connection[TupleRow]":
    """A connection that commits each statement by itself. Raises `Pooled`, and psycopg's errors."""
    import psycopg

    name = f"shipway {__version__} {purpose}"
    connection = psycopg.connect(
        url, autocommit=True, connect_timeout=seconds, application_name=name, prepare_threshold=None
    )
    try:
        _direct(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _direct(connection: "Connection[TupleRow]") -> None:
    """Who greets a client is the process that answers it, unless a pooler stands between: it greets by itself."""
    (answering,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
    if answering == connection.info.backend_pid:
        return
    raise Pooled(
        "A pooler stands between, such as PgBouncer",
        where=f"{connection.info.host}:{connection.info.port}",
        why="In transaction mode it gives each statement another session: timeouts go to strangers, locks vanish.",
        fix="Name the address of PostgreSQL itself; the application may stay on the pooler.",
    )
