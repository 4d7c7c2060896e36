"""A queue in one SQLite file, with transactions: `python jobs.py add 100`, `python jobs.py show`.

A job is waiting, taken or done. Whoever claims one takes it in a transaction, so nobody else has it too.
"""

import argparse
import sqlite3
import time
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs
    (id INTEGER PRIMARY KEY, added_at REAL, state TEXT NOT NULL DEFAULT 'waiting', worker TEXT);
CREATE TABLE IF NOT EXISTS runs (job INTEGER NOT NULL, worker TEXT NOT NULL, version TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_state ON jobs (state, id);
"""
CLAIM = """
UPDATE jobs SET state = 'taken', worker = ?
WHERE id = (SELECT id FROM jobs WHERE state = 'waiting' ORDER BY id LIMIT 1) RETURNING id
"""
BUSY_SECONDS = 30.0
"""How long a transaction waits for another one's end."""


class Queue:
    """One connection. Each method is one transaction."""

    def __init__(self, path: Path) -> None:
        self._store = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        self._store.execute("PRAGMA journal_mode = WAL")
        self._store.executescript(SCHEMA)

    def add(self, count: int) -> None:
        """So many more jobs."""
        self._store.execute("BEGIN IMMEDIATE")
        self._store.executemany("INSERT INTO jobs (added_at) VALUES (?)", [(time.time(),)] * count)
        self._store.execute("COMMIT")

    def claim(self, worker: str) -> int | None:
        """The oldest waiting job, now taken; none while nothing waits."""
        found = self._store.execute(CLAIM, (worker,)).fetchall()
        return int(found[0][0]) if found else None

    def finish(self, job: int, *, worker: str, version: str) -> None:
        """Done, with who did it."""
        self._store.execute("BEGIN IMMEDIATE")
        self._store.execute("INSERT INTO runs VALUES (?, ?, ?)", (job, worker, version))
        self._store.execute("UPDATE jobs SET state = 'done' WHERE id = ?", (job,))
        self._store.execute("COMMIT")

    def oldest_seconds(self) -> float:
        """How long the oldest waiting job has waited; 0 while nothing waits."""
        found = self._store.execute("SELECT min(added_at) FROM jobs WHERE state = 'waiting'").fetchone()
        return max(0.0, time.time() - found[0]) if found[0] is not None else 0.0

    def give_back(self, job: int) -> None:
        """A job that failed waits again."""
        self._store.execute("UPDATE jobs SET state = 'waiting', worker = NULL WHERE id = ?", (job,))

    def states(self) -> dict[str, int]:
        """How many jobs are in each state."""
        return dict(self._store.execute("SELECT state, count(*) FROM jobs GROUP BY state"))

    def twice(self) -> int:
        """Jobs that were done more than once."""
        found = self._store.execute("SELECT count(*) FROM (SELECT 1 FROM runs GROUP BY job HAVING count(*) > 1)")
        return int(found.fetchone()[0])

    def versions(self) -> dict[str, int]:
        """How many jobs each version did."""
        return dict(self._store.execute("SELECT version, count(*) FROM runs GROUP BY version ORDER BY version"))


def main() -> None:
    """Add jobs, or show how many there are."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("add", "show"))
    parser.add_argument("count", type=int, nargs="?", default=1)
    parser.add_argument("--queue", type=Path, default=Path("queue.db"))
    given = parser.parse_args()
    queue = Queue(given.queue)
    if given.what == "add":
        queue.add(given.count)
    print(queue.states(), "done by", queue.versions(), "twice", queue.twice())


if __name__ == "__main__":
    main()
