"""Writers and readers of a MariaDB that never stop, of old code or of new code; and what every row must say."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pymysql
from pymysql.connections import Connection

from shipway.adapters.databases.mariadb.connecting import connection_to

WAIT_SECONDS = 30.0
LOST = (1205, 1213)
"""A lock that was not to be had, a deadlock: real code tries again. Nothing else may go wrong."""
PATIENT = "SET SESSION innodb_lock_wait_timeout = 30, lock_wait_timeout = 30"


@dataclass
class Writer:
    """Inserts and updates rows of its own, and knows what it wrote last into each."""

    uri: str
    column: str
    value: str
    """How a number is written in this shape, as SQL over %(n)s."""
    seed: int
    wrote: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    longest: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        numbers = random.Random(self.seed)
        connection = connection_to(self.uri, purpose=f"app {self.column}", seconds=10)
        with connection.cursor() as cursor:
            cursor.execute(PATIENT)
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self._one(connection, numbers)
            except pymysql.MySQLError as error:
                if error.args[0] not in LOST:
                    self.errors.append(f"{self.column}: {error}")
                    time.sleep(0.05)
            self.longest = max(self.longest, time.monotonic() - began)
        connection.close()

    def _one(self, connection: Connection, numbers: random.Random) -> None:
        n = numbers.randrange(1, 1_000_000)
        with connection.cursor() as cursor:
            if self.wrote and numbers.random() < 0.7:
                row = numbers.choice(list(self.wrote))
                text = f"UPDATE users SET `{self.column}` = {self.value} WHERE id = %(id)s"
                cursor.execute(text, {"n": n, "id": row})
                self.wrote[row] = n
            else:
                cursor.execute(f"INSERT INTO users (`{self.column}`) VALUES ({self.value})", {"n": n})
                self.wrote[int(cursor.lastrowid)] = n
            cursor.execute(f"SELECT id, `{self.column}` FROM users WHERE id = 1")


@contextmanager
def writing(*writers: Callable[[], None]) -> Iterator[None]:
    """While these write. What failed is in their `errors`."""
    threads = [threading.Thread(target=writer, daemon=True) for writer in writers]
    for writer in writers:
        writer.stop.clear()  # type: ignore[attr-defined]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.stop.set()  # type: ignore[attr-defined]
        for thread in threads:
            thread.join(WAIT_SECONDS)
