"""Watches a session that runs DDL: while it waits for a metadata lock, everybody else waits behind it.

MariaDB counts `lock_wait_timeout` in whole seconds, which is too long. So the server itself looks at the session
while its statement runs, in a loop on a second connection, and ends a statement that has waited for
`WAIT_SECONDS`: it gives up its place, and is tried again. Neither this process nor the way to it has to be quick
for that, or alive.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pymysql

if TYPE_CHECKING:
    from pymysql.connections import Connection

WAIT_SECONDS, LOOK_SECONDS = 0.03, 0.01
WAITING = ("Waiting for table metadata lock", "Waiting for table level lock", "Waiting for schema metadata lock")
LOOP = """
    BEGIN NOT ATOMIC
        DECLARE since DOUBLE DEFAULT NULL;
        DECLARE said VARCHAR(64);
        watching: LOOP
            SET said = (SELECT COALESCE(STATE, '') FROM information_schema.PROCESSLIST WHERE ID = {watched});
            IF said IS NULL THEN LEAVE watching; END IF;
            IF said IN ({waiting}) THEN
                SET since = COALESCE(since, UNIX_TIMESTAMP(SYSDATE(6)));
                IF UNIX_TIMESTAMP(SYSDATE(6)) - since >= {wait} THEN
                    KILL QUERY {watched};
                    SET since = NULL;
                END IF;
            ELSE
                SET since = NULL;
            END IF;
            DO SLEEP({look});
        END LOOP;
    END
"""
"""Until the watched session is gone, or its own one is ended: the server lets no KILL QUERY end it."""
BEGIN_SECONDS, JOIN_SECONDS = 1.0, 10.0


class Watch:
    """One for a session. Its connection is made for each statement."""

    def __init__(self, connect: "Callable[[], Connection]", watched: "Connection") -> None:
        self._connect, self._watched = connect, watched

    @contextmanager
    def over(self) -> Iterator[None]:
        """While one statement runs. Raises PyMySQL's errors where nobody can watch."""
        number = self._watched.thread_id()  # type: ignore[no-untyped-call]
        connection, begun = self._connect(), threading.Event()
        thread = threading.Thread(target=_look, args=(connection, number, begun), daemon=True)
        thread.start()
        begun.wait(BEGIN_SECONDS)
        try:
            yield
        finally:
            own = connection.thread_id()  # type: ignore[no-untyped-call]
            with suppress(pymysql.MySQLError), self._watched.cursor() as cursor:
                cursor.execute(f"KILL CONNECTION {own}")
            thread.join(JOIN_SECONDS)
            if connection.open:
                connection.close()


def _look(connection: "Connection", watched: int, begun: threading.Event) -> None:
    """Where it fails, `lock_wait_timeout` is left."""
    waiting = ", ".join(f"'{one}'" for one in WAITING)
    text = LOOP.format(watched=watched, waiting=waiting, wait=WAIT_SECONDS, look=LOOK_SECONDS)
    with suppress(pymysql.MySQLError, OSError), connection.cursor() as cursor:
        begun.set()
        cursor.execute(text)
