"""Questions, only where somebody can answer."""

import sys

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


def asked(question: str, default: str, *, yes: bool) -> str:
    """An answer, or the default: where nobody can be asked, or for an empty line."""
    if yes or not is_attended():
        return default
    return input(f"{question} [{default}] ").strip() or default
