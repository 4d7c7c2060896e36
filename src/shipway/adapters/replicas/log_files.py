"""Reads one log and its rotated parts, each line with the time that `log_keeper.py` kept."""

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from shipway.adapters.supervisor.log_keeper import BACKUPS, POINT, times_of

CHUNK_BYTES = 65_536
LINE_BYTES_MAX = 65_536
"""A longer line is told in parts."""


class Line(Struct, frozen=True):
    """A line of a file."""

    at: float
    """Epoch seconds."""
    end: int
    """Where the next one begins."""
    text: str


class Times:
    """When a file had which length. `at` is asked for lengths that only grow."""

    def __init__(self, path: Path, *, start: int = 0) -> None:
        self._at, self._lengths = _points(path)
        self._next = max(0, bisect_left(self._lengths, start) - 1)
        self._last = path.stat().st_mtime

    def at(self, length: int) -> float:
        """Between two points a file grows evenly; before the first and after the last one all is one instant."""
        at, lengths, number = self._at, self._lengths, self._next
        while number < len(lengths) and lengths[number] < length:
            number += 1
        self._next = number
        if number == len(lengths):
            return max(self._last, at[-1]) if at else self._last
        if number == 0:
            return at[0]
        part = (length - lengths[number - 1]) / (lengths[number] - lengths[number - 1])
        return at[number - 1] + (at[number] - at[number - 1]) * part

    def length(self, at: float) -> int:
        """One that the file had at that time or earlier."""
        number = bisect_left(self._at, at)
        return self._lengths[number - 1] if number else 0


def _points(path: Path) -> tuple["array[float]", "array[int]"]:
    """At most half a megabyte of them (`log_keeper.TIMES_MAX_BYTES`)."""
    at, lengths = array("d"), array("Q")
    with suppress(FileNotFoundError):
        content = Path(times_of(str(path))).read_bytes()
        content = content[: len(content) // POINT.size * POINT.size]
        at.frombytes(content)
        lengths.frombytes(content)
    return at[::2], lengths[1::2]


def parts(path: Path) -> list[Path]:
    """A log's files, the oldest first."""
    rotated = [path.with_name(f"{path.name}.{number}") for number in range(BACKUPS, 0, -1)]
    return [part for part in (*rotated, path) if part.exists()]


def lines(path: Path, *, start: int = 0, whole: bool = False) -> Iterator[Line]:
    """From a line's begin on. `whole`: without a last line that is not finished."""
    with path.open("rb") as file:
        times = Times(path, start=start)
        file.seek(start)
        for end, text in _pieces(file, start, whole=whole):
            yield Line(times.at(end), end, text.decode(errors="replace").rstrip("\r\n"))


def _pieces(file: BinaryIO, end: int, *, whole: bool) -> Iterator[tuple[int, bytes]]:
    while piece := file.readline(LINE_BYTES_MAX):
        if whole and not piece.endswith(b"\n") and len(piece) < LINE_BYTES_MAX:
            return
        end += len(piece)
        yield end, piece


def since(path: Path, at: float) -> int:
    """Where a line begins, no later than the first one that was written from this time on."""
    length = Times(path).length(at)
    with path.open("rb") as file:
        file.seek(max(0, length - 1))
        if length:
            file.readline()
        return file.tell()


def last(path: Path, count: int) -> tuple[int, int]:
    """Where the last `count` lines begin, and how many there are of them."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not count:
            return size, 0
        found, position = 0, max(0, size - 1)
        while position > 0:
            behind, position = position, max(0, position - CHUNK_BYTES)
            file.seek(position)
            block = file.read(behind - position)
            breaks = block.count(b"\n")
            if found + breaks >= count:
                return position + _behind(block, found + breaks - count + 1), count
            found += breaks
        return 0, found + (size > 0)


def _behind(block: bytes, number: int) -> int:
    """Behind the line break of this number."""
    at = 0
    for _ in range(number):
        at = block.index(b"\n", at) + 1
    return at
