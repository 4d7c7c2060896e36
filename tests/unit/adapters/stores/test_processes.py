"""Real processes over one SQLite store: races, and deaths in the middle."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from shipway.adapters.stores.sqlite import SqliteStore, open_store
from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.model.event import Entry, Settled
from shipway.ports.leases import Lease

WRITER = Path(__file__).with_name("writer.py")
WAIT_SECONDS = 60.0
LOOKS_MAX = 3000


class Processes:
    """Starts writers over one home, and ends those that are left."""

    def __init__(self, home: Path, ends: ExitStack) -> None:
        self.home, self._ends = home, ends

    def start(self, how: str, service: str = "checkout") -> subprocess.Popen[str]:
        words = [sys.executable, str(WRITER), str(self.home), service, how]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ends.callback(self._end, process)
        return process

    def said(self, process: subprocess.Popen[str]) -> list[str]:
        """All it says until it ends well."""
        out, _ = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == 0
        return out.split("\n")[:-1]

    def journal(self, service: str = "checkout") -> tuple[Entry, ...]:
        with open_store(self.home / "shipway.db") as store:
            return asyncio.run(store.journal.read(service))

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with ExitStack() as ends:
        yield Processes(tmp_path / "home", ends)


def numbers(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.event.generation for entry in entries if isinstance(entry.event, Settled)]


def assert_whole(entries: tuple[Entry, ...]) -> None:
    """Gap-free, and no batch of three in parts."""
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    assert numbers(entries) == [position // 3 * 3 for position in range(len(entries))]
    assert len(entries) % 3 == 0


async def take(store: SqliteStore) -> Lease:
    """The lease, once the former owner's ran out."""
    for _ in range(LOOKS_MAX):
        if lease := await store.leases.acquire("checkout", "successor", seconds=600):
            return lease
        await asyncio.sleep(0.02)
    raise AssertionError("the former owner's lease never ran out")


def test_processes_that_make_the_store_at_once_all_get_it(processes: Processes) -> None:
    started = [processes.start("come_and_go") for _ in range(6)]
    assert [processes.said(process) for process in started] == [["0"]] * 6


def test_processes_that_append_at_once_never_both_get_a_position(processes: Processes) -> None:
    started = [processes.start("race") for _ in range(3)]
    positions = [int(line) for process in started for line in processes.said(process)]
    assert sorted(positions) == list(range(1, 3 * 60 + 1))
    entries = processes.journal()
    assert [entry.position for entry in entries] == list(range(1, 3 * 60 + 1))
    assert all(numbers(entries).count(process.pid) == 60 for process in started)


def test_of_processes_that_race_for_a_lease_exactly_one_gets_it(processes: Processes) -> None:
    started = [processes.start("lease") for _ in range(4)]
    assert sorted(processes.said(process)[0] for process in started) == ["1", "none", "none", "none"]


def test_killing_a_writer_leaves_a_journal_without_gaps_and_all_that_was_confirmed(processes: Processes) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, confirmed = random.Random(seed), 0
    for _ in range(4):
        writer = processes.start("append_until_killed")
        assert writer.stdout
        for _ in range(chance.randrange(5, 80)):
            confirmed = int(writer.stdout.readline())
        os.kill(writer.pid, 9)
        rest = writer.stdout.read().split("\n")[:-1]  # not `communicate`: it forgets what `readline` read ahead
        assert writer.wait(WAIT_SECONDS) == -9
        confirmed = max([confirmed, *map(int, rest)])
        entries = processes.journal()
        assert_whole(entries)
        assert confirmed <= len(entries) <= confirmed + 3
    with closing(sqlite3.connect(processes.home / "shipway.db")) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_death_in_the_middle_of_a_compaction_leaves_the_journal_as_it_was(processes: Processes) -> None:
    with open_store(processes.home / "shipway.db") as store:
        events = [Settled(key=f"part-{part}", generation=0) for part in range(3)]
        before = asyncio.run(store.journal.append("checkout", events, length=0, token=0))
        dying = processes.start("die_in_a_compaction")
        assert dying.wait(timeout=WAIT_SECONDS) == -9
        assert asyncio.run(store.journal.read("checkout")) == before


def test_killing_a_writer_that_compacts_leaves_a_journal_that_goes_on(processes: Processes) -> None:
    confirmed = 0
    for looks in (7, 23, 41):
        writer = processes.start("compact_until_killed")
        assert writer.stdout
        for _ in range(looks):
            confirmed = int(writer.stdout.readline())
        os.kill(writer.pid, 9)
        rest = writer.stdout.read().split("\n")[:-1]
        assert writer.wait(WAIT_SECONDS) == -9
        entries = processes.journal()
        positions = [entry.position for entry in entries]
        assert positions == list(range(positions[0], positions[-1] + 1))
        assert max([confirmed, *map(int, rest)]) <= positions[-1] <= confirmed + 3 + 3 * len(rest)
        assert fold(ServiceState(service="checkout"), entries).position == positions[-1]


def test_a_death_between_two_events_of_one_append_leaves_none_of_them(processes: Processes) -> None:
    with open_store(processes.home / "shipway.db") as store:
        events = [Settled(key=f"part-{part}", generation=0) for part in range(3)]
        before = asyncio.run(store.journal.append("checkout", events, length=0, token=0))
        dying = processes.start("die_between_events")
        assert dying.wait(timeout=WAIT_SECONDS) == -9
        assert asyncio.run(store.journal.read("checkout")) == before
        assert len(asyncio.run(store.journal.append("checkout", events, length=3, token=0))) == 3


def test_an_owner_that_slept_while_another_took_over_writes_nothing(processes: Processes) -> None:
    sleeper = processes.start("sleep_with_an_old_token")
    assert sleeper.stdout and sleeper.stdin
    _, token = sleeper.stdout.readline().split()
    with open_store(processes.home / "shipway.db") as store:
        taken = asyncio.run(take(store))
        assert taken.token > int(token)
        sleeper.stdin.write("wake up\n")
        assert processes.said(sleeper) == ["fenced"]
        assert asyncio.run(store.journal.read("checkout")) == ()
