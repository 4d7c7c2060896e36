"""Where what is mounted comes from: a path on this machine, or a volume that the file knows."""

from collections.abc import Callable
from pathlib import Path

from shipway.spec.compose.project import Volume
from shipway.spec.compose.reading import Composed
from shipway.spec.problems import Wrong


def absolute(composed: Composed, path: str) -> str:
    """Paths are relative to the file's folder."""
    return str((composed.folder / Path(path).expanduser()).resolve())


def volume_named(composed: Composed, name: str, noted: Callable[[Wrong], None]) -> Volume | None:
    """What the file says below `volumes:`; noted where it says nothing."""
    known = composed.project.volumes.get(name)
    if known is None:
        noted(
            Wrong(
                f"the file has no volume `{name}`",
                why="A name before the colon is one below `volumes:`; a path begins with . or /.",
                fix=f"Add `{name}:` there, or write ./{name}.",
            )
        )
    return known
