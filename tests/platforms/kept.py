"""What is made once on a machine and kept between runs: binaries and images."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def place(name: str) -> Path:
    """Where a thing of this name is kept."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shipway-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process makes it; others wait."""
    with place(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
