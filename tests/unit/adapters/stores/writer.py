"""A process of its own over one store: `writer.py HOME SERVICE HOW`. It says each thing done on a line."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event

from shipway.adapters.stores.failures import DiskFull
from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.engine import compact
from shipway.errors import JournalConflict, LeaseLost
from shipway.model.event import Entry, Failed, Settled

BATCH = 3
APPENDS_MAX = 20_000
RACE_APPENDS = 60


def batch(number: int) -> list[Settled]:
    """Three events that belong together: all have the same number."""
    return [Settled(key=f"part-{part}", generation=number) for part in range(BATCH)]


def say(*words: object) -> None:
    print(*words, flush=True)


async def append_until_killed(store: SqliteStore, service: str) -> None:
    """Says the length after every append that was confirmed."""
    length = len(await store.journal.read(service))
    for _ in range(APPENDS_MAX):
        written = await store.journal.append(service, batch(length), length=length, token=0)
        length += len(written)
        say(length)


async def compact_until_killed(store: SqliteStore, service: str) -> None:
    """Says the length after every append; all but the newest entries become one again and again."""
    length = (await store.journal.read(service) or [Entry(0, 0.0, batch(0)[0])])[-1].position
    for _ in range(APPENDS_MAX):
        written = await store.journal.append(service, batch(length), length=length, token=0)
        length += len(written)
        begin = compact.begin_of(service, await store.journal.read(service))
        await store.journal.compact(service, begin, read=0, token=0)
        say(length)


async def die_in_a_compaction(store: SqliteStore, service: str) -> None:
    """Ends itself when the new beginning is written and the former entries are not yet gone."""

    def trace(sql: str) -> None:
        if "DELETE FROM entries" in sql:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "checkout")
    def watch(connection: object, *rest: object) -> None:
        connection.set_trace_callback(trace)  # type: ignore[attr-defined]

    begin = compact.begin_of(service, await store.journal.read(service))
    await store.journal.compact(service, begin, read=0, token=0)
    raise AssertionError("the trace never ended this process")


async def die_between_events(store: SqliteStore, service: str) -> None:
    """Ends itself as SQLite begins to insert the second of three events."""
    inserted = 0

    def trace(sql: str) -> None:
        nonlocal inserted
        inserted += "INSERT INTO entries" in sql
        if inserted == BATCH - 1:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "checkout")
    def watch(connection: object, *rest: object) -> None:
        connection.set_trace_callback(trace)  # type: ignore[attr-defined]

    length = len(await store.journal.read(service))
    await store.journal.append(service, batch(length), length=length, token=0)
    raise AssertionError("the trace never ended this process")


async def race(store: SqliteStore, service: str) -> None:
    """Appends against others, reading again after every conflict; says what it wrote."""
    done, attempts = 0, 0
    while done < RACE_APPENDS and attempts < APPENDS_MAX:
        attempts += 1
        length = len(await store.journal.read(service))
        try:
            written = await store.journal.append(service, [batch(os.getpid())[0]], length=length, token=0)
        except JournalConflict:
            continue
        done += 1
        say(written[0].position)


async def lease(store: SqliteStore, service: str) -> None:
    """Says the token of the lease, or that it got none."""
    got = await store.leases.acquire(service, f"process-{os.getpid()}", seconds=600)
    say(got.token if got else "none")


async def sleep_with_an_old_token(store: SqliteStore, service: str) -> None:
    """A controller that owns a service, sleeps until told, and then still believes that it owns it."""
    got = await store.leases.acquire(service, "sleeper", seconds=0.05)
    assert got
    say("owner", got.token)
    sys.stdin.readline()
    try:
        await store.journal.append(service, batch(0), length=0, token=got.token)
    except LeaseLost:
        say("fenced")


async def fill_the_disk(store: SqliteStore, service: str) -> None:
    """Appends until the disk is full, then makes room and goes on."""
    events = [Failed(key="route", generation=0, error="x" * 20_000)] * BATCH
    length = 0
    with contextlib.suppress(DiskFull):
        for _ in range(APPENDS_MAX):
            length += len(await store.journal.append(service, events, length=length, token=0))
    say("full after", length, "holds", len(await store.journal.read(service)))
    (store.path.parent / "ballast").unlink()
    say("then", len(await store.journal.append(service, events, length=length, token=0)))


async def come_and_go(store: SqliteStore, service: str) -> None:
    """Only opens."""
    say(len(await store.journal.services()))


if __name__ == "__main__":
    home, service, how = sys.argv[1:]
    with open_store(Path(home) / "shipway.db") as opened:
        asyncio.run(globals()[how](opened, service))
