"""Looks after logs: `python -I -S log_keeper.py <home>/supervisor`, run by supervisord.

**When a line was written.** Programs write straight to their files, so nothing stands in their way; what is
kept is how long a log was at which time, in `<log>.times`. A look tells two such points: how long it was when it
was looked at before, and how long it is since its last write, which the system dates. A line lies between two
points, so its time is known to the length of a look (`BUSY_SECONDS` while the log grows), its order exactly.

**How large a log gets.** One that grew too large is copied and cut, and its times with it. Its program goes on
writing at the end of the same file, so no program needs to know; a line that it writes between the copy and
the cut may be lost.
"""

# ruff: noqa: PTH105, PTH107, PTH110, PTH116, PTH208
# pathlib would double what this small program weighs.
import json
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LOG_MAX_BYTES = 10_000_000
BACKUPS = 3
LOOK_SECONDS = 0.25
"""Between two looks at a log that does not grow."""
BUSY_SECONDS = 0.05
"""Between two looks at one that just grew."""
BUSY_LOOKS = 20
"""So many looks without a new line, and it is no longer busy."""
SIZE_SECONDS = 2.0
"""Between two looks for logs that grew too large."""
CHUNK_BYTES = 1_048_576
POINT = struct.Struct("=dQ")
"""Seconds since the epoch, and how many bytes the log had then."""
TIMES_MAX_BYTES = 524_288
"""Above this every other point of a log is forgotten."""


def times_of(path: str) -> str:
    """Where a log's points are kept."""
    return f"{path}.times"


class Log:
    """One log that is looked at."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.noted = last_point(path)[1]
        """How many bytes the newest point says."""
        self.looked_at = 0.0
        self.quiet_looks = BUSY_LOOKS

    def look(self, now: float) -> None:
        """Note how long it is, if that is new. What was cut by others is begun anew."""
        with telling(self.path, "gets no times"), suppress(FileNotFoundError):
            found = os.stat(self.path)
            self.quiet_looks = self.quiet_looks + 1 if found.st_size == self.noted else 0
            if found.st_size != self.noted:
                self._note(found.st_size, min(found.st_mtime, now))
        self.looked_at = now

    def _note(self, size: int, at: float) -> None:
        is_cut = size < self.noted
        points = [(self.looked_at, 0 if is_cut else self.noted)] if self.looked_at else []
        points = [point for point in points if point[0] <= at]
        append(self.path, [*points, (at, size)], anew=is_cut)
        self.noted = size

    @property
    def is_busy(self) -> bool:
        """Whether it grew lately."""
        return self.quiet_looks < BUSY_LOOKS


def append(path: str, points: list[tuple[float, int]], *, anew: bool = False) -> None:
    """Add to a log's points. When there are too many, they become coarser."""
    with open(os.open(times_of(path), os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        size = 0 if anew else file.seek(0, os.SEEK_END) // POINT.size * POINT.size
        file.truncate(size)
        file.seek(size)
        file.write(b"".join(POINT.pack(*point) for point in points))
    if size > TIMES_MAX_BYTES:
        _thin(times_of(path))


def _thin(times: str) -> None:
    with open(times, "rb") as file:
        points = list(POINT.iter_unpack(file.read()))
    with open(os.open(f"{times}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(b"".join(POINT.pack(*point) for point in [*points[:-1:2], points[-1]]))
    os.replace(f"{times}.new", times)


def last_point(path: str) -> tuple[float, int]:
    """The newest; zeros where there is none."""
    try:
        with open(times_of(path), "rb") as file:
            whole = file.seek(0, os.SEEK_END) // POINT.size
            file.seek(max(0, whole - 1) * POINT.size)
            found = file.read(POINT.size)
    except FileNotFoundError:
        return 0.0, 0
    at, size = POINT.unpack(found) if whole else (0.0, 0)
    return at, size


def logs(directory: str) -> set[str]:
    """The logs of all programs, and what supervisord got to hear from their starts."""
    found = {f"{directory}/launch.log"}
    for name in os.listdir(f"{directory}/programs"):
        try:
            with open(f"{directory}/programs/{name}", encoding="utf-8") as file:
                found.add(json.load(file)["log"])
        except (FileNotFoundError, ValueError, KeyError):
            # Being removed or replaced just now.
            continue
    return found


def rotate(log: Log, *, size_max: int = LOG_MAX_BYTES) -> bool:
    """Copy and cut a log that is too large; returns whether it was."""
    path = log.path
    try:
        if os.stat(path).st_size <= size_max:
            return False
    except FileNotFoundError:
        return False
    for number in range(BACKUPS, 1, -1):
        _move(f"{path}.{number - 1}", f"{path}.{number}")
        _move(times_of(f"{path}.{number - 1}"), times_of(f"{path}.{number}"))
    log.look(time.time())
    _copy_and_cut(path, f"{path}.1")
    log.noted, log.looked_at = 0, time.time()
    return True


def _move(source: str, target: str) -> None:
    if os.path.exists(source):
        os.replace(source, target)
    elif os.path.exists(target):
        os.remove(target)


def _copy_and_cut(path: str, backup: str) -> None:
    with open(path, "r+b") as source, open(os.open(backup, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
        while chunk := source.read(CHUNK_BYTES):
            target.write(chunk)
        _move(times_of(path), times_of(backup))
        source.truncate(0)


class Keeper:
    """All logs of one home."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.logs: dict[str, Log] = {}
        self.listed = 0
        """When the list of programs was last changed."""
        self.measured_at = 0.0

    def look(self, now: float) -> None:
        """At each log whose turn it is; a log is looked at a last time once its program is gone."""
        changed = os.stat(f"{self.directory}/programs").st_mtime_ns
        if changed != self.listed:
            self._list(now)
            self.listed = changed
        for log in self.logs.values():
            if log.is_busy or now - log.looked_at >= LOOK_SECONDS:
                log.look(now)
        if now - self.measured_at >= SIZE_SECONDS:
            self._rotate()
            self.measured_at = now

    def _list(self, now: float) -> None:
        wanted = logs(self.directory)
        for path in self.logs.keys() - wanted:
            self.logs.pop(path).look(now)
        for path in wanted - self.logs.keys():
            self.logs[path] = Log(path)

    def _rotate(self) -> None:
        for log in self.logs.values():
            with telling(log.path, "cannot be rotated"):
                rotate(log)

    @property
    def pause(self) -> float:
        """Until the next look."""
        return BUSY_SECONDS if any(log.is_busy for log in self.logs.values()) else LOOK_SECONDS


@contextmanager
def telling(path: str, trouble: str) -> Iterator[None]:
    """What the disk refuses ends nothing: it may take it the next time."""
    try:
        yield
    except OSError as error:
        print(f"{path} {trouble}: {error}", flush=True)


def main(directory: str) -> None:
    """Look until the supervisord that started us is gone; the next one starts another."""
    parent = os.getppid()
    keeper = Keeper(directory)
    while os.getppid() == parent and _is_supervisord(parent):
        keeper.look(time.time())
        time.sleep(keeper.pause)


def _is_supervisord(pid: int) -> bool:
    """It may have been gone before we asked who our parent is. This file runs alone: `launch.py` says it too."""
    if sys.platform != "linux":
        return True
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"supervisord" in file.read()
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1])
