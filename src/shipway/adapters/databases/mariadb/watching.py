"""Watches a session that runs DDL: while it waits for a metadata lock, everybody else waits behind it.

MariaDB counts `lock_wait_timeout` in whole seconds, which is too long. So a second connection looks at the
first one, and kills its statement once that has waited for `WAIT_SECONDS`: it gives up its place, and tries
again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pymysql

if TYPE_CHECKING:
    from pymysql.connections import Connection

WAIT_SECONDS, LOOK_SECONDS = 0.03, 0.01
WAITING = ("Waiting for table metadata lock", "Waiting for table level lock", "Waiting for schema metadata lock")
STATE = "SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = %s"
JOIN_SECONDS = 10.0


class Watch:
    """One for a session. Its connection is made at the first DDL, and kept."""

    def __init__(self, connect: "Callable[[], Connection]", watched: int) -> None:
        self._connect, self._watched = connect, watched
        self._connection: Connection | None = None

    @contextmanager
    def over(self) -> Iterator[None]:
        """While one statement runs. Raises PyMySQL's errors where nobody can watch."""
        if self._connection is None or not self._connection.open:
            self._connection = self._connect()
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(self._connection, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(JOIN_SECONDS)

    def close(self) -> None:
        """Harmless twice."""
        if self._connection is not None and self._connection.open:
            self._connection.close()

    def _look(self, connection: "Connection", over: threading.Event) -> None:
        since: float | None = None
        try:
            with connection.cursor() as cursor:
                while not over.wait(LOOK_SECONDS):
                    cursor.execute(STATE, (self._watched,))
                    found = cursor.fetchone()
                    is_waiting = found is not None and found[0] in WAITING
                    since = (since or time.monotonic()) if is_waiting else None
                    if since and time.monotonic() - since >= WAIT_SECONDS and not over.is_set():
                        cursor.execute(f"KILL QUERY {self._watched}")
                        since = None
        except pymysql.MySQLError:
            connection.close()  # `lock_wait_timeout` is left, and the next statement asks for a new one
