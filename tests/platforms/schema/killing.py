"""A command that dies before any of its statements, in one of three ways, and what comes after."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
import psycopg

from platforms.schema.dumping import dumped
from platforms.schema.states import orphans, state
from platforms.schema.traffic import Writer, writing
from postgres import rows
from shipway.adapters.databases import journal
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.runner import Runner
from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.schema.change import Change
from shipway.schema.change_file import parse_change

AWAKE_SECONDS, LOOK_SECONDS, PAUSE_SECONDS = 60.0, 0.01, 0.003
KILLS = os.environ.get("SHIPWAY_KILLS", "")
Command = Callable[[Runner], object]
Connection = psycopg.Connection[tuple[object, ...]]
Kill = Callable[[Connection], None]


class Killed(Exception):
    """The process died here."""


def client(connection: Connection) -> None:
    """The process is gone, and its socket with it."""
    raise Killed


def cut(connection: Connection) -> None:
    """The process goes on, and the database knows it no more."""
    session = psutil.Process(connection.info.backend_pid)
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (session.pid,))
    _end([session])


def _end(processes: list[psutil.Process]) -> None:
    """They run no more. Whoever started them may not have asked yet what became of them."""
    until = time.monotonic() + AWAKE_SECONDS
    while time.monotonic() < until:
        if all(_is_over(one) for one in processes):
            return
        time.sleep(LOOK_SECONDS / 5)
    raise AssertionError(f"{processes} do not end")


def _is_over(one: psutil.Process) -> bool:
    try:
        return one.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def server(connection: Connection) -> None:
    """One process of PostgreSQL is killed: it ends all others, loses what was in its memory, and recovers."""
    where, until = connection.info.dsn, time.monotonic() + AWAKE_SECONDS
    with suppress(psycopg.Error), psycopg.connect(where, autocommit=True) as witness:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        while time.monotonic() < until:
            witness.execute("SELECT pg_sleep(0.05)")  # ends in an error once all sessions are ended
    _answers(where, until)


def _answers(where: str, until: float) -> None:
    while time.monotonic() < until:
        with suppress(psycopg.Error), psycopg.connect(where, connect_timeout=5) as other:
            other.execute("SELECT 1")
            return
        time.sleep(LOOK_SECONDS)
    raise AssertionError("PostgreSQL did not come back")


class Machine:
    """A PostgreSQL whose first process may be killed: nothing is shut down, and it is started again as it was."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.folder = Path(str(rows(where, "SHOW data_directory")[0][0]))
        self.again: subprocess.Popen[bytes] | None = None

    def kill(self, connection: Connection) -> None:
        """Its postmaster, by SIGKILL; back once it answers."""
        first = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        command, user, group = first.cmdline(), first.uids().real, first.gids().real
        others = first.children()
        first.kill()
        if self.again is not None:
            self.again.wait(AWAKE_SECONDS)
        first.wait(AWAKE_SECONDS)  # the next one looks whether its number is still there
        _end(others)
        identity = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        self.again = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **identity,  # type: ignore[call-overload]
        )
        _answers(self.where, time.monotonic() + AWAKE_SECONDS)

    def end(self) -> None:
        """What this process has started."""
        if self.again is not None:
            self.again.send_signal(signal.SIGINT)
            self.again.wait(AWAKE_SECONDS)


@cache
def _change(step: str) -> Change:
    return parse_change(f"change: moved\nsteps:\n  - {step}\nhold: 0s\nfreeze: 0s\n", file="m.yaml")


def ran(uri: str, step: str, command: Command, *, die_at: int | None = None, kill: Kill = client) -> int:
    """A command on a change, and the number of its statements. Raises `Killed` before that one, counted from 1."""
    count, change = 0, _change(step)
    try:
        with connected(uri, purpose="test") as connection:

            def heard(text: str) -> None:
                nonlocal count
                count += 1
                if count == die_at:
                    kill(connection)

            command(Runner(Session(connection, heard=heard), change, told=lambda what: None))
    except (ShipwayError, psycopg.Error) as error:
        if die_at is None or count < die_at:
            raise
        raise Killed from error
    return count


def to_the_switch(one: Runner) -> None:
    one.expand()
    one.backfill(lambda walk: None)
    assert one.switch() == Phase.SWITCHED


def to_the_end(one: Runner) -> None:
    assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED


def back(one: Runner) -> None:
    one.revert()


def ways(at: int) -> tuple[Kill, ...]:
    """The process and its connection, by turns; at each statement both with `SHIPWAY_KILLS=all`."""
    both = (client, cut) if at % 2 else (cut, client)
    return both if KILLS == "all" else both[:1]


def deaths(uri: str, step: str, command: Command) -> Iterator[int]:
    """Runs it again and again, each time one statement further, until it has done what it does."""
    for at in itertools.count(1):
        for kill in ways(at):
            try:
                if ran(uri, step, command, die_at=at, kill=kill) < at:
                    return
            except Killed:
                yield at


def killed_everywhere(uri: str, step: str, *, before: Writer, after: Writer) -> None:
    """On the way there, on the way back, and in the contract.

    `before` writes until the contract, `after` from then on; hundreds of times a second.
    """
    before.pause_seconds = after.pause_seconds = PAUSE_SECONDS
    with writing(before):
        for _ in deaths(uri, step, to_the_switch):
            ran(uri, step, to_the_switch)
            ran(uri, step, back)
        ran(uri, step, back)
        ran(uri, step, to_the_switch)
        for _ in deaths(uri, step, back):
            ran(uri, step, back)
            ran(uri, step, to_the_switch)
        ran(uri, step, back)
    untouched, seen = dumped(uri), set[str]()
    for at in deaths(uri, step, to_the_switch):
        left = state(uri).text
        ran(uri, step, back)
        assert orphans(uri) == [], f"killed at {at} and taken back"
        assert left in seen or dumped(uri) == untouched, f"killed at {at} and taken back"
        seen.add(left)
    with writing(after):
        for _ in deaths(uri, step, to_the_end):
            pass


def killed(uri: str, step: str, command: Command, at: int, *, kill: Kill) -> None:
    """Dies before a statement, which it has."""
    with suppress(Killed):
        ran(uri, step, command, die_at=at, kill=kill)
        raise AssertionError(f"it has no statement {at}")


def forgotten(uri: str) -> None:
    """Nothing of ours is there: what a former change left when it was killed is not this one's."""
    with connected(uri, purpose="test") as connection:
        connection.execute(b"DROP SCHEMA IF EXISTS shipway CASCADE")


def prepared(uri: str, *statements: str) -> None:
    """As it was before, with a journal that is empty, so that every run says equally many statements."""
    with connected(uri, purpose="test") as connection:
        for text in ("DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", *statements):
            connection.execute(text.encode())
        journal.prepare(Session(connection))
        connection.execute("DELETE FROM shipway.changes")
