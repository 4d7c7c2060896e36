"""Reads two schemas: of two databases, or of one and of what its migrations build."""

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from shipway.cli.shell.changing import VARIABLE, address, opened
from shipway.errors import ShipwayError
from shipway.schema.difference import Difference, differences

if TYPE_CHECKING:
    from shipway.schema.difference import Name

BUILD_SECONDS_MAX = 1800
SAID_MAX = 300


class NothingToCompare(ShipwayError):
    """One of both sides is not named, or two are, or they speak different languages."""

    code = "nothing-to-compare"


class BuildFailed(ShipwayError):
    """The command that builds a fresh schema did not succeed."""

    code = "build-failed"


def compared(database: str | None, other: str | None, fresh: str | None) -> tuple[str, tuple[Difference, ...]]:
    """What the other side is called, and what differs. Raises `ShipwayError`."""
    if (other is None) == (fresh is None):
        raise NothingToCompare(
            "A schema is compared with one other",
            where="--with, --fresh",
            why="Exactly one of both says with which.",
            fix='Add --with URL, or --fresh "alembic upgrade head".',
        )
    from shipway.adapters.databases.opening import describing, dialect_of

    mine = address(database)
    if other is not None:
        if dialect_of(mine) != dialect_of(other):
            raise NothingToCompare(
                "These databases are not of one kind",
                where="--with",
                why=f"The first is spoken to as {dialect_of(mine)}, the other as {dialect_of(other)}.",
                fix="Name two of the same kind, or build a fresh one with --fresh.",
            )
        return "the other one", differences(_described(mine), _described(other))
    assert fresh is not None
    here = _described(mine)
    with describing(mine).scratch(mine) as url:
        _build(fresh, url)
        return "a fresh one", differences(here, _described(url))


def _described(url: str) -> "dict[Name, str]":
    from shipway.adapters.databases.opening import describing

    with opened(url, purpose="diff") as session:
        return describing(url).described(session)


def _build(command: str, url: str) -> None:
    try:
        ran = subprocess.run(
            shlex.split(command),
            env={**os.environ, VARIABLE: url},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS_MAX,
            check=False,
        )
        said, is_done = (ran.stderr or ran.stdout).strip(), ran.returncode == 0
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        said, is_done = str(error), False
    if not is_done:
        raise BuildFailed(
            "The fresh schema was not built",
            where="--fresh",
            why=" ".join(said.split())[-SAID_MAX:] or "It said nothing.",
            fix=f"Run it by hand with {VARIABLE} set to an empty database.",
        )
