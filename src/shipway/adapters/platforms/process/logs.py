"""Reads the output of replicas."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from shipway.adapters.platforms.process.records import Records, plain
from shipway.model.revision import RevisionId

LOOK_SECONDS = 0.25
TAIL_BYTES_MAX = 1_048_576
"""At most this much of a file's end is searched for its last lines."""

LAST_BYTES_MAX = 4096
LAST_CHARACTERS_MAX = 160


class _Reader:
    """One file, and how far it was read. Rotation cuts it, and it begins anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._rest = b""

    def tail(self, lines: int) -> list[str]:
        """The last lines; the next read begins after them."""
        size = self._file.seek(0, 2)
        self._file.seek(max(0, size - TAIL_BYTES_MAX))
        found = self._lines()
        return found[-lines:] if lines > 0 else []

    def new(self) -> list[str]:
        """Lines that were finished since."""
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._file.seek(0)
            self._rest = b""
        return self._lines()

    def _lines(self) -> list[str]:
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return [line.decode(errors="replace").rstrip("\r") for line in whole]

    def close(self) -> None:
        self._file.close()


def last_line(path: Path) -> str:
    """What a replica said last, shortened: mostly why it ended. Empty where it said nothing."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LAST_BYTES_MAX))
            lines = file.read().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line.strip()[:LAST_CHARACTERS_MAX] for line in reversed(lines) if line.strip()), "")


async def follow_logs(
    records: Records, revision: RevisionId | None, *, tail: int, follow: bool
) -> AsyncIterator[str]:
    """Lines as `<replica> <line>`; a replica that comes later is followed from its beginning."""
    readers: dict[Path, _Reader] = {}
    try:
        for path in await asyncio.to_thread(_files, records, revision):
            readers[path] = _Reader(path)
            for line in await asyncio.to_thread(readers[path].tail, tail):
                yield f"{path.stem} {line}"
        while follow:
            await asyncio.sleep(LOOK_SECONDS)
            for path in await asyncio.to_thread(_files, records, revision):
                if path not in readers:
                    readers[path] = _Reader(path)
                for line in await asyncio.to_thread(readers[path].new):
                    yield f"{path.stem} {line}"
    finally:
        for reader in readers.values():
            reader.close()


def _files(records: Records, revision: RevisionId | None) -> list[Path]:
    """Oldest first."""
    pattern = f"{plain(revision)}/*.log" if revision else "*/*.log"
    return sorted(records.logs_directory.glob(pattern), key=lambda path: path.stat().st_ctime)
