"""A log that a proxy writes into a file: read as it grows, and begun anew before it is large.

The proxy opens its files anew when it is told to (`SIGUSR1`). Until every worker of its has done so the former
file is read on. How far was read is kept beside the file, so that another reader goes on there.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from shipway.adapters.traffic._access_log.tally import Tally

BYTES_MAX = 16_777_216
CHUNK_BYTES = 1_048_576
CHUNKS_AT_ONCE = 16
LOOK_SECONDS = 0.2
FORMER_SECONDS = 5.0
"""A former file that did not grow for so long is no longer written."""


def last_attempt(line: bytes) -> bytes:
    """With its fields between spaces. In a line of fields between tabs, one may tell of each attempt at a request,
    as `10.0.0.1:80 : 10.0.0.2:80`; the last one is whom the request came to."""
    if b"\t" not in line:
        return line
    return b" ".join(field.rpartition(b" ")[2] for field in line.split(b"\t"))


class Followed:
    """One file, which need not be there yet."""

    def __init__(self, path: Path, tally: Tally, *, pid_file: Path) -> None:
        self.path, self.tally, self.pid_file = path, tally, pid_file
        self.former_path, self.place_path = path.with_suffix(".former"), path.with_suffix(".read")
        self._current: _Part | None = None
        self._former: _Part | None = None

    def read(self) -> None:
        """Count what is new."""
        if self._former is not None and self._former.is_over(self.tally):
            self._former.close()
            self._former = None
            self.former_path.unlink(missing_ok=True)
        if self._current is None:
            self._current = self._opened()
        if self._current is not None and self._current.read(self.tally):
            self.place_path.write_text(f"{self._current.inode} {self._current.at}")
            if self._current.at > BYTES_MAX and self._former is None:
                self._begin_anew()

    def _opened(self) -> "_Part | None":
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        part = _Part(descriptor)
        with contextlib.suppress(FileNotFoundError, ValueError):
            inode, at = map(int, self.place_path.read_text().split())
            part.at = at if inode == part.inode else 0
        return part

    def _begin_anew(self) -> None:
        """Where the proxy cannot be told, the file is left as it is."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.pid_file.read_text())
            self.path.rename(self.former_path)
            os.kill(pid, signal.SIGUSR1)
            self._former, self._current = self._current, None


class _Part:
    """One open file."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.inode = os.fstat(descriptor).st_ino
        self.at = 0
        self._grew_at = time.monotonic()

    def read(self, tally: Tally) -> bool:
        """Count its new whole lines; whether there were any."""
        if os.fstat(self.descriptor).st_size < self.at:
            self.at = 0  # somebody cut it
        is_new = False
        for _ in range(CHUNKS_AT_ONCE):
            *lines, rest = os.pread(self.descriptor, CHUNK_BYTES, self.at).split(b"\n")
            if not lines:
                break
            tally.take(map(last_attempt, lines))
            self.at += sum(map(len, lines)) + len(lines)
            self._grew_at, is_new = time.monotonic(), True
            if not rest:
                break
        return is_new

    def is_over(self, tally: Tally) -> bool:
        """Whether nobody writes it any more."""
        return not self.read(tally) and time.monotonic() - self._grew_at > FORMER_SECONDS

    def close(self) -> None:
        """Let it go."""
        os.close(self.descriptor)
