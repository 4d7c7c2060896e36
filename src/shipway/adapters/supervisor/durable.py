"""Files that are there as a whole or not at all, and locks between processes."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.errors import PortError

LOCK_SECONDS = 10.0
LOOK_SECONDS = 0.005


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turns what the disk refuses into an error with four lines."""
    try:
        yield
    except OSError as error:
        fixes = {
            errno.ENOSPC: "Make room on that disk; then repeat the command.",
            errno.EDQUOT: "Make room in your quota; then repeat the command.",
            errno.EROFS: "Set SHIPWAY_HOME to a directory on a disk that can be written.",
        }
        raise PortError(
            "a file of Shipway's cannot be written",
            where=str(path),
            why=f"The system said: {error.strerror or error}.",
            fix=fixes.get(error.errno or 0, "Make it writable for this user, or set SHIPWAY_HOME elsewhere."),
        ) from error


def directory(path: Path) -> Path:
    """Make it for the owner alone."""
    with telling(path):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def replace(path: Path, content: bytes) -> None:
    """Write a file for the owner alone; a power cut leaves the former or the new one, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    with telling(path):
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def read(path: Path) -> bytes | None:
    """The content, or none where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def locked(path: Path, *, timeout_seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Alone among all processes that lock the same file. Blocks: not for an event loop's thread."""
    with telling(path):
        file = open(path, "w")  # noqa: SIM115 - the lock is the open file
    with file:
        _wait(file.fileno(), path, time.monotonic() + timeout_seconds)
        yield


@contextmanager
def locked_directory(path: Path, *, timeout_seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """As `locked`, of a directory that is there, leaving nothing in it."""
    with telling(path):
        descriptor = os.open(path, os.O_RDONLY)
    try:
        _wait(descriptor, path, time.monotonic() + timeout_seconds)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
                continue
            raise PortError(
                "another process of Shipway's does not finish",
                where=str(path),
                why="It has kept this lock for too long; it may be stopped.",
                fix="Find it with `fuser` on that file, and end it.",
            ) from error
