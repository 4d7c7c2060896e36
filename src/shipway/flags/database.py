"""Flags that a flag server keeps in a database, read without the server: `sqlite:///…` or `postgresql://…`."""

import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import unquote, urlsplit

from shipway.errors import PortError
from shipway.flags.model import FlagFile
from shipway.flags.source import Keys, NotWritten, Stamp
from shipway.flags.state import KINDS, State, state_of

LOOK = "Look whether it runs, may be read by this program, and whether a flag server has made its tables."
SECONDS = 5.0
"""The longest wait for an answer."""
STANDS = "SELECT name, revision FROM {0}environments ORDER BY name"
ENTRIES = "SELECT environment, kind, name, body FROM {0}entries"
Rows = Sequence[Sequence[Any]]
log = logging.getLogger("shipway.flags")


class DatabaseAway(PortError):
    """The database of the flags does not answer, or has none."""

    code = "flag-database"


class Tables(Protocol):
    """What is asked: the rows of both queries, as of one moment."""

    def rows(self, *, is_whole: bool) -> tuple[Rows, Rows]:
        """Where each environment stands and, if `is_whole`, all entries. Raises `DatabaseAway`."""

    def forget(self) -> None:
        """In a forked child: what the parent has open is the parent's."""

    def close(self) -> None:
        """Give back what is open. A look that is under way ends, or fails."""


class DatabaseSource:
    """Flags of one environment. A database that is away changes no answer."""

    def __init__(self, url: str, environment: str | None) -> None:
        self.is_stale = False
        self._tables: Tables = Sqlite(_path(url)) if url.startswith("sqlite:") else Postgres(url)
        self._environment, self._place = environment, shown(url)
        self._last: Stamp | None = None
        self._unread = 0

    def stamp(self) -> Stamp | None:
        """Where the environment stands; where it stood last while that cannot be asked."""
        try:
            self._last = self._found(self._tables.rows(is_whole=False)[0])[1]
            if self.is_stale:
                log.warning("the database of the flags is back")
            self.is_stale = False
        except DatabaseAway as error:
            if not self.is_stale:
                log.warning("%s: %s Flags stay as they are", error.what, error.why)
            self.is_stale = True
        return self._last

    def load(self) -> FlagFile:
        """All flags of the environment. Raises `DatabaseAway`."""
        return self.state().file

    def state(self) -> State:
        """All entries of the environment, and the flags that they make. Raises `DatabaseAway`."""
        import json

        self._unread += 1  # until all is read, so that what fails is tried again
        stands, entries = self._tables.rows(is_whole=True)
        name, _ = self._found(stands)
        document: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for environment, kind, entry, body in entries:
            if environment == name and kind in document:
                document[kind][entry] = json.loads(body)
        state = state_of(document)
        self._unread -= 1
        return state

    def _found(self, stands: Rows) -> tuple[str, Stamp]:
        """The environment that is meant: the one that is named, or the only one."""
        by_name = {name: (int(revision), self._unread, 0) for name, revision in stands}
        name = self._environment or (next(iter(by_name)) if len(by_name) == 1 else "")
        if name in by_name:
            return name, by_name[name]
        raise DatabaseAway(
            f"there is no environment `{name}`" if name else "it is not said which environment is meant",
            where=self._place,
            why=f"There are {', '.join(by_name)}.",
            fix='Name one of them: FeatureFlags(…, environment="production").',
        )

    def write(self, changes: Mapping[Keys, str]) -> NoReturn:
        """Always raises `NotWritten`: a change has an author, a version and perhaps a second person."""
        raise NotWritten(
            "flags in a database are changed through a flag server",
            where=self._place,
            why="It knows who changes what, and whether that waits for a second person.",
            fix="`shipway flags serve` runs one; give FeatureFlags its address where flags are written.",
        )

    def after_fork(self) -> None:
        """In a forked child: ask over a connection of its own."""
        self._tables.forget()

    def close(self) -> None:
        """Ask no more."""
        self._tables.close()


@dataclass(frozen=True)
class Sqlite:
    """The file of a server's home; opened anew for each look, which is a matter of microseconds."""

    path: Path

    def rows(self, *, is_whole: bool) -> tuple[Rows, Rows]:
        """In one transaction."""
        try:
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=SECONDS, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                stands = connection.execute(STANDS.format("")).fetchall()
                return stands, connection.execute(ENTRIES.format("")).fetchall() if is_whole else ()
        except sqlite3.Error as error:
            raise _away(str(self.path), error) from error

    def forget(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""


class Postgres:
    """The tables of `shipway flags serve --database`, over one connection that is kept."""

    _connection: Any

    def __init__(self, url: str) -> None:
        self._url = url
        self.forget()

    def rows(self, *, is_whole: bool) -> tuple[Rows, Rows]:
        """In one transaction; over a new connection where the former one broke."""
        try:
            import psycopg
        except ModuleNotFoundError as error:
            raise _away(shown(self._url), error, fix="Install `shipway[postgres]`.") from error
        with self._lock:
            try:
                connection = self._connection
                if connection is None or connection.closed:
                    connection = self._connection = self._connected(psycopg)
                with connection.transaction():
                    stands = connection.execute(STANDS.format("shipway_flags.")).fetchall()
                    entries = ENTRIES.format("shipway_flags.")
                    return stands, connection.execute(entries).fetchall() if is_whole else ()
            except psycopg.Error as error:
                self.close()
                raise _away(shown(self._url), error) from error

    def _connected(self, psycopg: Any) -> Any:
        made = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=SECONDS,
            application_name="shipway.flags",
            options=f"-c statement_timeout={SECONDS * 1000:.0f} -c default_transaction_read_only=on",
            tcp_user_timeout=int(SECONDS * 1000),
        )
        made.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        made.prepare_threshold = None
        return made

    def forget(self) -> None:
        """A connection that a parent opened is left to it: psycopg closes none of another process."""
        self._lock = threading.Lock()
        self._connection = None

    def close(self) -> None:
        """The connection; one that is broken already too."""
        found, self._connection = self._connection, None
        if found is not None:
            found.close()


def shown(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{parts.path}"


def _path(url: str) -> Path:
    return Path(unquote(url.removeprefix("sqlite:///"))) if "://" in url else Path(url)


def _away(where: str, error: Exception, *, fix: str = "") -> DatabaseAway:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return DatabaseAway(
        "the database of the flags does not answer",
        where=where,
        why=f"It said: {said}.",
        fix=fix or LOOK,
    )
