"""Opens a change and its database for one command."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.terminal import out
from shipway.cli.shell.thawing import Thawing
from shipway.errors import ShipwayError
from shipway.schema.change_file import load

if TYPE_CHECKING:
    from shipway.adapters.databases.runner import Runner
    from shipway.adapters.databases.session import Session

VARIABLE = "DATABASE_URL"
File = Annotated[Path, Parameter(help="The file of the change.", metavar="FILE")]
Database = Annotated[
    str | None,
    Parameter(name="--database", help=f"The database's address; {VARIABLE} without it.", metavar="URL"),
]
Code = Annotated[
    Path | None, Parameter(name="--code", help="A working tree that is looked through too.", metavar="PATH")
]


class NoDatabase(ShipwayError):
    """Nobody said which database is meant."""

    code = "no-database"


def address(database: str | None) -> str:
    """Raises `NoDatabase`."""
    found = database or os.environ.get(VARIABLE)
    if not found:
        raise NoDatabase(
            "No database is named",
            where=f"--database, {VARIABLE}",
            why="A change is made in a database, and its state is kept there.",
            fix="Add --database postgresql://user@host/name. Connect to PostgreSQL itself, not to a pooler.",
        )
    return found


@contextmanager
def opened(database: str | None, *, purpose: str) -> "Iterator[Session]":
    """A session that ends with the command. Raises `ShipwayError`."""
    from shipway.adapters.databases.opening import opened as session_to

    with session_to(address(database), purpose=f"schema {purpose}") as session:
        yield session


@contextmanager
def running(file: Path, database: str | None, *, purpose: str, quiet: bool = False) -> "Iterator[Runner]":
    """A change on its database; each step is told as it begins. Raises `ShipwayError`."""
    change = load(file)
    with opened(database, purpose=f"{purpose} {change.name}") as session:
        from shipway.adapters.databases.runner import Runner

        yield Runner(
            session,
            change,
            told=_silent if quiet else _told(),
            waited=Thawing(out()),
            opened=lambda: opened(database, purpose=f"{purpose} {change.name}"),
        )


def _told() -> Callable[[str], None]:
    screen = out()
    return lambda what: screen.say(f"{screen.paint.faint('…')} {what}")


def _silent(what: str) -> None:
    pass
