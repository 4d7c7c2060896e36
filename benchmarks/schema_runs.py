"""What `benchmarks/schema.py` measures, each on a table of its own in a PostgreSQL from a wheel."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from statistics import median, quantiles

import psutil
import psycopg
from msgspec import Struct

from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.runner import Runner
from shipway.schema.change_file import parse_change
from tests.postgres import running

CHANGE = parse_change(
    "change: wide\nsteps:\n  - change_type: {table: t, column: a, to: bigint, as: b}\nhold: 0s\nfreeze: 1s\n",
    file="wide.yaml",
)
ONE_UPDATE = "UPDATE t SET b = a::bigint WHERE b IS DISTINCT FROM a::bigint"
WRITERS, WRITES_PER_SECOND = 8, 500
HELD_SECONDS = 4.0
WAIT_SECONDS = 120.0
SETTINGS = ("max_wal_size = '8GB'", "autovacuum_naptime = '10s'", "checkpoint_timeout = '30min'")
Connection = psycopg.Connection[tuple[object, ...]]


def server() -> AbstractContextManager[str]:
    """The address of a PostgreSQL that ends, with its files, at the end."""
    return running(SETTINGS)


def fresh(uri: str, rows: int) -> None:
    """The table anew, with rows of about a hundred bytes."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS shipway CASCADE")
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (id bigserial PRIMARY KEY, a int, filler text)")
        connection.execute(
            "INSERT INTO t (a, filler) SELECT n, repeat('x', 80) FROM generate_series(1, %s) n", (rows,)
        )
        connection.execute("VACUUM ANALYZE t")
        connection.execute("CHECKPOINT")


@contextmanager
def runner(uri: str) -> Iterator[Runner]:
    """Our change on that table."""
    with connected(uri, purpose="bench") as connection:
        yield Runner(Session(connection), CHANGE, told=lambda what: None)


def filled(uri: str, *, in_batches: bool) -> tuple[float, list[float]]:
    """Seconds of the fill alone, and those of each batch; the trigger is there already."""
    with runner(uri) as one:
        one.expand()
    if not in_batches:
        return _seconds(lambda: execute(uri, ONE_UPDATE)), []
    ends = [time.perf_counter()]
    with runner(uri) as one:
        one.backfill(lambda walk: ends.append(time.perf_counter()))
    batches = [after - before for before, after in pairwise(ends)]
    return ends[-1] - ends[0], batches


def execute(uri: str, statement: str) -> None:
    """One statement, in its own transaction."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(statement)


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Load:
    """Writers at a fixed rate; each latency counts from when the write was due, not from when it was sent."""

    def __init__(self, uri: str, rows: int) -> None:
        self.uri, self.rows, self.stop = uri, rows, threading.Event()
        self.latencies: list[float] = []
        self.never: list[float] = []
        """How late writes were that were due, and not even begun at the end."""
        self.threads = [threading.Thread(target=self._write, args=(seed,), daemon=True) for seed in range(WRITERS)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(WAIT_SECONDS)

    def _write(self, seed: int) -> None:
        numbers, every = random.Random(seed), WRITERS / WRITES_PER_SECOND
        with psycopg.connect(self.uri, autocommit=True) as connection:
            due = time.perf_counter() + numbers.random() * every
            while not self.stop.is_set():
                time.sleep(max(0.0, due - time.perf_counter()))
                connection.execute("UPDATE t SET a = a + 1 WHERE id = %s", (numbers.randint(1, self.rows),))
                self.latencies.append(time.perf_counter() - due)
                due += every
            while (late := time.perf_counter() - due) > 0:
                self.never.append(late)
                due += every

    def p99_ms(self) -> float:
        """Of every write that was due so far."""
        return 1000 * quantiles([*self.latencies, *self.never], n=100)[98]


def p99_during(uri: str, rows: int, work: Callable[[], object]) -> float:
    """Milliseconds, while something else runs."""
    with Load(uri, rows) as load:
        work()
    return load.p99_ms()


def lost_after(uri: str, *, by_orm: bool, rows: int) -> int:
    """Writes that are gone, and rows whose columns differ, after a backfill beside writers."""
    fresh(uri, rows)
    with runner(uri) as one:
        one.expand()
    with Load(uri, rows) as load:
        if by_orm:
            _read_and_write(uri, rows)
        else:
            with runner(uri) as one:
                one.backfill(lambda walk: None)
    with runner(uri) as one:
        wrong = sum(found.wrong for found in one.verify())
    with psycopg.connect(uri, autocommit=True) as connection:
        found = connection.execute("SELECT sum(a) FROM t").fetchone()
    assert found is not None
    return wrong + rows * (rows + 1) // 2 + len(load.latencies) - int(str(found[0]))


def _read_and_write(uri: str, rows: int, size: int = 1000) -> None:
    """As `for row in batch: row.b = row.a; row.save()` does."""
    with psycopg.connect(uri, autocommit=True) as connection:
        for first in range(1, rows + 1, size):
            found = connection.execute("SELECT id, a FROM t WHERE id BETWEEN %s AND %s", (first, first + size - 1))
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("UPDATE t SET b = %s WHERE id = %s", [(a, row) for row, a in found])


def stall_ms(uri: str, work: Callable[[], object]) -> float:
    """The longest wait of a reader while another one holds the table for four seconds and this is done."""
    longest, stop = [0.0], threading.Event()

    def read() -> None:
        with psycopg.connect(uri, autocommit=True) as connection:
            while not stop.wait(0.005):
                began = time.perf_counter()
                connection.execute("SELECT id FROM t WHERE id = 1")
                longest[0] = max(longest[0], time.perf_counter() - began)

    threads = [threading.Thread(target=one, daemon=True) for one in (read, work)]
    with psycopg.connect(uri) as holder:
        holder.execute("SELECT id FROM t LIMIT 1")
        for thread in threads:
            thread.start()
        time.sleep(HELD_SECONDS)
    threads[1].join(WAIT_SECONDS)
    stop.set()
    threads[0].join(WAIT_SECONDS)
    return 1000 * longest[0]


def stalls_ms(uri: str) -> dict[str, float]:
    """By phase, of a required column with a unique index, a check and a freeze; each behind its own reader."""
    fresh(uri, 1000)
    execute(uri, "ALTER TABLE t ALTER a SET NOT NULL, ADD UNIQUE (a), ADD CHECK (a >= 0)")
    phases: dict[str, Callable[[Runner], object]] = {
        "expand": Runner.expand,
        "backfill": lambda one: one.backfill(lambda walk: None),
        "revert": Runner.revert,
        "expand again": Runner.expand,
        "backfill again": lambda one: one.backfill(lambda walk: None),
        "switch": Runner.switch,
        "freeze": Runner.freeze,
        "contract": Runner.contract,
    }

    def done(act: Callable[[Runner], object]) -> None:
        with runner(uri) as one:
            act(one)

    return {name: stall_ms(uri, lambda act=act: done(act)) for name, act in phases.items()}  # type: ignore[misc]


def stall_plain_ms(uri: str) -> float:
    """The same of one column that is added as it comes, without a timeout."""
    fresh(uri, 1000)
    return stall_ms(uri, lambda: execute(uri, "ALTER TABLE t ADD COLUMN c text"))


class Cost(Struct, frozen=True, kw_only=True):
    """CPU time of the server's process for the same writes, with the trigger over without."""

    update: float
    back: float
    """Of an UPDATE of the new column, which the trigger brings into the old one."""
    insert: float


UPDATE, BACK = "UPDATE t SET a = a + 1", "UPDATE t SET b = a + 1"
INSERT = "INSERT INTO t (a, filler) SELECT n, repeat('x', 80) FROM generate_series(1, 50000) n"


def trigger_cost(uri: str, *, rounds: int, rows: int = 50_000) -> Cost:
    """Medians of rounds, each with both in turn."""
    plain: list[tuple[float, float, float]] = []
    synced: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        fresh(uri, rows)
        update = _cpu(uri, UPDATE)
        plain.append((update, _cpu(uri, INSERT), update))
        fresh(uri, rows)
        with runner(uri) as one:
            one.expand()
        synced.append((_cpu(uri, UPDATE), _cpu(uri, INSERT), 0.0))
        fresh(uri, rows)
        with runner(uri) as one:
            one.expand()
        synced[-1] = (*synced[-1][:2], _cpu(uri, BACK))
    update, insert, back = (
        median(one[at] for one in synced) / median(one[at] for one in plain) for at in (0, 1, 2)
    )
    return Cost(update=update, back=back, insert=insert)


def _cpu(uri: str, statement: str) -> float:
    """Of the one process that runs it, by the kernel's count."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        process = psutil.Process(connection.info.backend_pid)
        before = process.cpu_times()
        connection.execute(statement)
        after = process.cpu_times()
    return (after.user + after.system) - (before.user + before.system)
