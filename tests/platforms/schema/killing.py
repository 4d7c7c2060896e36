"""A command that dies before any of its statements, and what comes after."""

import itertools
from collections.abc import Callable, Iterator

from platforms.schema.dumping import dumped
from platforms.schema.traffic import Writer, writing
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change

Command = Callable[[Runner], object]


class Killed(Exception):
    """The process died here."""


def ran(uri: str, step: str, command: Command, *, die_at: int | None = None) -> int:
    """A command on a change, and the number of its statements. Raises `Killed` before that one, counted from 1."""
    count = 0

    def heard(text: str) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            raise Killed

    change = parse_change(f"change: moved\nsteps:\n  - {step}\nhold: 0s\nfreeze: 0s\n", file="m.yaml")
    with connected(uri, purpose="test") as connection:
        command(Runner(Session(connection, heard=heard), change, told=lambda what: None))
    return count


def to_the_switch(one: Runner) -> None:
    one.expand()
    one.backfill(lambda walk: None)
    assert one.switch() == Phase.SWITCHED


def to_the_end(one: Runner) -> None:
    assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED


def back(one: Runner) -> None:
    one.revert()


def deaths(uri: str, step: str, command: Command) -> Iterator[int]:
    """Runs it again and again, each time one statement further, until it has done what it does."""
    for at in itertools.count(1):
        try:
            ran(uri, step, command, die_at=at)
        except Killed:
            yield at
        else:
            return


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
