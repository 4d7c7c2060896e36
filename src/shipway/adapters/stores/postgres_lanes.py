"""Lanes over a PostgreSQL database, for several servers at once: each transaction is short, and has a deadline."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from shipway import __version__
from shipway.adapters.stores.failures import StoreFailed, StoreSilent
from shipway.adapters.stores.lanes import Work
from shipway.schema.sql.parse import missing

ANSWER_SECONDS = 10.0
CONNECT_SECONDS = 5
CONNECTIONS = 4
"""For reading and for writing together; each has a thread."""
LOCK_MS, STATEMENT_MS = 2_000, 8_000
T = TypeVar("T")


class PostgresLanes:
    """A few connections, each checked before it is used: a database that was away is there again by itself."""

    def __init__(self, address: str, *, schema: str) -> None:
        self.engine = engine(address, schema=schema)
        self._threads = ThreadPoolExecutor(CONNECTIONS, "store")

    async def read(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""
        return await self._run(work)

    async def write(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""
        return await self._run(work)

    async def write_lightly(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""

        def lightly(connection: Connection) -> T:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            return work(connection)

        return await self._run(lightly)

    def close(self) -> None:
        """Waits for what is under way."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    async def _run(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await loop.run_in_executor(self._threads, self._transact, work)
        except TimeoutError as error:
            raise _silent() from error

    def _transact(self, work: Work[T]) -> T:
        with explained(), self.engine.begin() as connection:
            return work(connection)


def engine(address: str, *, schema: str) -> Engine:
    """Connections whose tables are those of `schema`. Raises `NoPostgres` without psycopg."""
    try:
        import psycopg  # noqa: F401 - a clear word, before SQLAlchemy has an unclear one
    except ImportError as error:
        raise missing("psycopg", "talks to PostgreSQL") from error
    settings = f"-c search_path={schema} -c lock_timeout={LOCK_MS} -c statement_timeout={STATEMENT_MS}"
    told = {"connect_timeout": CONNECT_SECONDS, "options": settings, "application_name": f"shipway {__version__}"}
    place = make_url(address).set(drivername="postgresql+psycopg")
    return create_engine(place, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True, connect_args=told)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what PostgreSQL says into an error that a user can act on; a mistake of ours passes. No address, no
    password."""
    try:
        yield
    except DBAPIError as error:
        if _is_ours(error):
            raise
        said = " ".join(str(error.orig).split()) or type(error.orig).__name__
        raise StoreFailed(
            "the database of the store refused, or did not answer",
            where="the store's database",
            why=f"PostgreSQL says: {said.removesuffix('.')}.",
            fix="Look at the address and the rights of its user; `psql` takes the same address.",
        ) from error


def _is_ours(error: DBAPIError) -> bool:
    """A wrong statement (class 42, but for missing rights) or a broken constraint (23) is a bug of ours."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state[:2] in ("23", "42") and state != "42501"


def _silent() -> StoreSilent:
    return StoreSilent(
        "the store does not answer",
        where="the store's database",
        why=f"a call took longer than {ANSWER_SECONDS:g} s; it may be written all the same",
        fix="look at the database's load and locks; Shipway reads the store again before it goes on",
    )
