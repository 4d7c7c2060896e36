"""A command that dies before any of its statements, in one of three ways, and what comes after."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from platforms.schema.dumping import dumped
from platforms.schema.traffic import Writer, writing
from postgres import rows, run
from shipway.adapters.databases import journal
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.runner import Runner
from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change

AWAKE_SECONDS, LOOK_SECONDS = 60.0, 0.05
KILLS = os.environ.get("SHIPWAY_KILLS", "")
Command = Callable[[Runner], object]
Connection = psycopg.Connection[tuple[object, ...]]
Kill = Callable[[Connection], None]
ORPHANS = r"""
    SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE '%shipway%'
    UNION ALL SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE nspname = 'shipway'
    UNION ALL SELECT 'column ' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE attname LIKE '%shipway%' AND NOT attisdropped AND relkind IN ('r', 'p', 'v')
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '%shipway%'
    UNION ALL SELECT 'index ' || relname FROM pg_class JOIN pg_index ON indexrelid = oid
        WHERE NOT indisvalid AND relkind = 'i' OR relname LIKE '%\_shipway'
    UNION ALL SELECT 'leaving ' || inhrelid::regclass::text FROM pg_inherits WHERE inhdetachpending
"""
"""What nothing of ours may leave behind."""


class Killed(Exception):
    """The process died here."""


def client(connection: Connection) -> None:
    """The process is gone, and its socket with it."""
    raise Killed


def cut(connection: Connection) -> None:
    """The process goes on, and the database knows it no more."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


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
        psutil.wait_procs([first, *others], timeout=AWAKE_SECONDS)
        if self.again is not None:
            self.again.wait(AWAKE_SECONDS)
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


def ran(uri: str, step: str, command: Command, *, die_at: int | None = None, kill: Kill = client) -> int:
    """A command on a change, and the number of its statements. Raises `Killed` before that one, counted from 1."""
    count = 0
    change = parse_change(f"change: moved\nsteps:\n  - {step}\nhold: 0s\nfreeze: 0s\n", file="m.yaml")
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

    `before` writes until the contract, `after` from then on.
    """
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
    untouched = dumped(uri)
    for at in deaths(uri, step, to_the_switch):
        ran(uri, step, back)
        assert dumped(uri) == untouched, f"killed at {at} and taken back"
    with writing(after):
        for _ in deaths(uri, step, to_the_end):
            pass


def killed(uri: str, step: str, command: Command, at: int, *, kill: Kill) -> None:
    """Dies before a statement, which it has."""
    with suppress(Killed):
        ran(uri, step, command, die_at=at, kill=kill)
        raise AssertionError(f"it has no statement {at}")


def is_contracting(uri: str, step: str) -> bool:
    """Whether there is no way back."""
    found: list[bool] = []

    def look(one: Runner) -> None:
        record = one.record()
        found.append(record is not None and (record.phase == Phase.CONTRACTED or one.is_contracting()))

    ran(uri, step, look)
    return found[0]


def orphans(uri: str) -> list[str]:
    """What is left over."""
    return [str(row[0]) for row in rows(uri, ORPHANS)]


def prepared(uri: str, *statements: str) -> None:
    """As it was before, with a journal that is empty, so that every run says equally many statements."""
    run(uri, "DROP SCHEMA IF EXISTS public, shipway CASCADE", "CREATE SCHEMA public", *statements)
    with connected(uri, purpose="test") as connection:
        journal.prepare(Session(connection))
