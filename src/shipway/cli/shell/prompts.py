"""Questions, only where somebody can answer."""

import sys
from collections.abc import Callable

from shipway.cli.shell.terminal import out
from shipway.errors import Exit, ShipwayError


class NotAgreed(ShipwayError):
    """Somebody said no, or nobody could be asked."""

    code = "not-agreed"
    exit_code = Exit.REFUSED


def is_attended() -> bool:
    """Whether somebody sits before a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def agreed(question: str, *, yes: bool) -> None:
    """Raises `NotAgreed` unless somebody says yes."""
    if yes:
        return
    if not is_attended():
        raise NotAgreed("Nobody can be asked", where="no terminal", why=question, fix="Add --yes to say yes.")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise NotAgreed(
            "Nothing was changed", where="your answer", why="It was not yes.", fix="Add --yes to say yes."
        )


ASKED_MAX = 5
"""So often somebody may answer what cannot be."""


def asked(question: str, default: str, *, yes: bool, wrong: Callable[[str], str] = lambda answer: "") -> str:
    """An answer, or the default: where nobody can be asked, or for an empty line.

    An answer that is `wrong` is asked for again, with the reason. Raises `NotAgreed` when they stay wrong.
    """
    if yes or not is_attended():
        return default
    for _ in range(ASKED_MAX):
        answer = input(f"{question} [{default}] ").strip() or default
        if not (why := wrong(answer)):
            return answer
        out().say(f"  {why}")
    raise NotAgreed("Nothing was changed", where="your answers", why=why, fix="Run the command again.")
