"""Private keys that a data plane was given: each goes once nothing names it."""

from collections.abc import Callable, Collection
from pathlib import Path


def unnamed(directory: Path, named: Callable[[], Collection[Path]]) -> Collection[Path]:
    """The keys that nobody names. They are listed first: who needs one says so before it is written."""
    listed = _keys(directory)
    return listed - frozenset(named()) if listed else ()


def _keys(directory: Path) -> frozenset[Path]:
    """Without those that are just being written."""
    if not directory.is_dir():
        return frozenset()
    return frozenset(path for path in directory.iterdir() if not path.name.startswith("."))


def leave_only(directory: Path, named: Callable[[], Collection[Path]]) -> None:
    """Remove all others."""
    for path in unnamed(directory, named):
        path.unlink(missing_ok=True)
