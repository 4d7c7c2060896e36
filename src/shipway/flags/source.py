"""Where flags are written: a file, or a text in memory."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from shipway.errors import ShipwayError
from shipway.flags.model import FlagFile

LOCK_SECONDS = 10.0
LOOK_SECONDS = 0.01

Stamp = tuple[int, int, int]
Keys = tuple[str, ...]


class NotWritten(ShipwayError):
    """A file of flags that cannot be written."""

    code = "flags-not-written"


class Source(Protocol):
    """What a client reads, and changes on request."""

    @property
    def is_stale(self) -> bool:
        """Whether the place that says what holds cannot be heard now."""

    def stamp(self) -> Stamp | None:
        """Another one after each change; none where nothing is there."""

    def load(self) -> FlagFile:
        """The flags. Raises `InputErrors`."""

    def write(self, changes: Mapping[Keys, str]) -> None:
        """Write a plain value (`true`, `25`) at each path. Raises `ShipwayError`."""

    def after_fork(self) -> None:
        """In a forked child: have what the parent had, without its threads."""

    def close(self) -> None:
        """Follow nothing any more."""


class TextSource:
    """Flags of a text."""

    is_stale = False

    def __init__(self, text: str) -> None:
        self.text = text
        self.version = 0

    def stamp(self) -> Stamp | None:
        """Counts the edits."""
        return self.version, 0, 0

    def load(self) -> FlagFile:
        """The text's flags."""
        from shipway.flags.load import parse_flags

        return parse_flags(self.text, file="flags")

    def write(self, changes: Mapping[Keys, str]) -> None:
        """The next version."""
        self.text = changed(self.text, changes)
        self.version += 1

    def after_fork(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class FileSource:
    """Flags of a file that people and programs change at any time."""

    is_stale = False

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def stamp(self) -> Stamp | None:
        """Changes with each replacement and each write."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def load(self) -> FlagFile:
        """The file's flags."""
        from shipway.flags.load import load

        return load(self.path)

    def write(self, changes: Mapping[Keys, str]) -> None:
        """Alone among all processes; a power cut leaves the former or the new file, whole."""
        path = self.path.resolve()
        with _telling(path), _locked(path.parent):
            text = path.read_bytes().decode("utf-8-sig")
            _replace(path, changed(text, changes).encode())

    def after_fork(self) -> None:
        """Nothing: the file is there for all."""

    def close(self) -> None:
        """Nothing."""


def changed(text: str, changes: Mapping[Keys, str]) -> str:
    """The text with other values. Raises `NotEdited`."""
    from shipway.flags import editing

    return editing.changed(text, _with_settled(text, changes, time.time()), file="the file of flags")


def _with_settled(text: str, changes: Mapping[Keys, str], now: float) -> Mapping[Keys, str]:
    """What a schedule has changed already is written too, or it would overrule what is changed now."""
    names = {path[1] for path in changes if path[2:] in (("enabled",), ("rollout", "percentage"))}
    if not names or "schedule" not in text:
        return changes
    from shipway.flags.documents import document_of
    from shipway.flags.schedule import settled

    features = document_of(text, file="the file of flags")["features"]
    made: dict[Keys, str] = {}
    for name in names & features.keys():
        before, after = features[name], settled(features[name], now)
        if after != before:
            made[("features", name, "schedule")] = json.dumps(after["schedule"])
            made[("features", name, "enabled")] = json.dumps(after.get("enabled", True))
            share = (after.get("rollout") or {}).get("percentage", 100)
            made[("features", name, "rollout", "percentage")] = json.dumps(share)
    return {**made, **changes}


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    mode = path.stat().st_mode & 0o777
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer in a folder at a time."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _is_taken(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)):
            if time.monotonic() > deadline:
                raise TimeoutError("another process has not finished writing")
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _is_taken(take: Callable[[], None]) -> bool:
    try:
        take()
    except BlockingIOError:
        return False
    return True


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten(
            f"{path.name} cannot be changed",
            where=str(path),
            why=f"The system said: {error.strerror or error}.",
            fix="Let this user write the file and its folder, or change it where it comes from.",
        ) from error
