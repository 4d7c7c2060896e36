"""Lanes over one SQLite file: a thread that writes and a thread that reads, each with its own connections."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from shipway.adapters.stores import failures
from shipway.adapters.stores.lanes import Work
from shipway.adapters.stores.schema import BUSY_SECONDS

ANSWER_SECONDS = 30.0
"""By when a call ends even if the disk hangs."""

LOG_BYTES_MAX = 8_000_000
"""What the write-ahead log is cut to after a checkpoint. A reader that stays long may let it grow meanwhile."""

T = TypeVar("T")


class SqliteLanes:
    """One writing thread, because SQLite has one writer: our queue is fair, waiting for its lock is not.

    Reading has a thread of its own: in WAL mode a look never waits for a write.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._reading = ThreadPoolExecutor(1, "store-read")
        self._writing = ThreadPoolExecutor(1, "store-write")
        self._reader = engine(path, synchronous="FULL", busy_seconds=busy_seconds, writes=False)
        self._durable = engine(path, synchronous="FULL", busy_seconds=busy_seconds)
        self._light = engine(path, synchronous="NORMAL", busy_seconds=busy_seconds)

    async def read(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""
        return await self._run(self._reading, self._reader, work)

    async def write(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""
        return await self._run(self._writing, self._durable, work)

    async def write_lightly(self, work: Work[T]) -> T:
        """See `lanes.Lanes`."""
        return await self._run(self._writing, self._light, work)

    def close(self) -> None:
        """Waits for what is under way."""
        for thread in (self._reading, self._writing):
            thread.shutdown(wait=True)
        for each in (self._reader, self._light, self._durable):
            each.dispose()

    async def _run(self, thread: ThreadPoolExecutor, engine: Engine, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await loop.run_in_executor(thread, self._transact, engine, work)
        except TimeoutError as error:
            raise failures.silent(self._path, ANSWER_SECONDS) from error

    def _transact(self, engine: Engine, work: Work[T]) -> T:
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if failure := failures.failure_of(error.orig, self._path):
                raise failure from error
            raise


def engine(path: Path, *, synchronous: str, busy_seconds: float, writes: bool = True) -> Engine:
    """An engine with one connection.

    `FULL` syncs the log on every commit, so an intent survives a power cut before its effect begins; `NORMAL`
    syncs only at checkpoints, which in WAL mode may lose the last commits but never their order
    (sqlite.org/pragma.html#pragma_synchronous).
    """
    address = URL.create("sqlite", database=str(path))  # a path may hold what means something in an address
    made = create_engine(address, pool_size=1, max_overflow=0, connect_args={"timeout": busy_seconds})

    @event.listens_for(made, "connect")
    def prepare(dbapi_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        dbapi_connection.isolation_level = None  # or the driver begins transactions by itself, and too late
        cursor = dbapi_connection.cursor()
        for pragma in pragmas(synchronous=synchronous, writes=writes):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that reads first and locks later can only fail.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


def pragmas(*, synchronous: str, writes: bool) -> tuple[str, ...]:
    """What each connection is told; none of it is stored in the file."""
    return (
        f"synchronous = {synchronous}",
        "fullfsync = ON",  # on macOS a plain fsync stops at the disk's cache
        "foreign_keys = ON",
        f"journal_size_limit = {LOG_BYTES_MAX}",
        f"query_only = {'OFF' if writes else 'ON'}",
    )
