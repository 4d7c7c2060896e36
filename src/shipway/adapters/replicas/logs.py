"""The output of a service's replicas, those that are gone too, in the order of time."""

import asyncio
import heapq
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from shipway.adapters.replicas import log_files
from shipway.adapters.replicas.log_files import Line
from shipway.adapters.replicas.records import Records, plain
from shipway.model.log import LogLine, LogQuery

LOOK_SECONDS = 0.25
BATCH_LINES = 2000
"""In memory at once."""
LAST_BYTES_MAX = 4096
LAST_CHARACTERS_MAX = 160


class _Log:
    """One replica's output, and how far it was told."""

    def __init__(self, path: Path, records: Records, query: LogQuery) -> None:
        self._path, self._query = path, query
        self._revision = records.revision_of_logs(path.parent)
        self._told = 0
        self._is_wanted = _claim(query)

    def past(self) -> Iterator[LogLine]:
        """What is there now, as the query wants it."""
        parts, start = self._beginning()
        found = self._wanted(self._read(parts, start))
        return found if self._query.tail is None else iter(deque(found, maxlen=self._query.tail))

    def new(self) -> list[LogLine]:
        """What was written since, and is wanted; the end of a file that was cut is in its newest rotated one."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return []
        found: list[Line] = []
        if size < self._told:
            rotated = log_files.parts(self._path)[-2:-1]
            found, self._told = list(self._read(rotated, self._told)), 0
        if size > self._told:
            found += islice(self._read([self._path], self._told), BATCH_LINES)
        return list(self._wanted(found))

    def _beginning(self) -> tuple[Sequence[Path], int]:
        """The files to read, and where in the first of them."""
        parts, query = log_files.parts(self._path), self._query
        if query.since is not None and parts:
            late = [part for part in parts[:-1] if part.stat().st_mtime >= query.since] + parts[-1:]
            return late, log_files.since(late[0], query.since)
        if query.tail is None or query.pattern or query.until is not None:
            return parts, 0
        # One that is not finished yet is not told while more is waited for.
        left, start = query.tail + query.follow, 0
        for number in range(len(parts) - 1, -1, -1):
            start, found = log_files.last(parts[number], left)
            left -= found
            if left <= 0:
                return parts[number:], start
        return parts, 0

    def _read(self, parts: Iterable[Path], start: int) -> Iterator[Line]:
        latest = 0.0
        for part in parts:
            is_newest = part == self._path
            self._told = start if is_newest else self._told
            for line in log_files.lines(part, start=start, whole=self._query.follow and is_newest):
                self._told = line.end if is_newest else self._told
                latest = max(latest, line.at)
                yield Line(latest, line.end, line.text)
            start = 0

    def _wanted(self, found: Iterable[Line]) -> Iterator[LogLine]:
        lines = (LogLine(line.at, self._revision, self._path.stem, line.text) for line in found)
        return (line for line in lines if self._is_wanted(line))


def _claim(query: LogQuery) -> Callable[[LogLine], bool]:
    since = query.since if query.since is not None else float("-inf")
    until = query.until if query.until is not None else float("inf")
    has = re.compile(query.pattern).search
    return lambda line: since <= line.at <= until and has(line.text) is not None


async def told(records: Records, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
    """In batches; a replica that comes later is followed from its beginning."""
    logs: dict[Path, _Log] = {}
    for path in await asyncio.to_thread(_files, records, query):
        logs[path] = _Log(path, records, query)
    past = heapq.merge(*(log.past() for log in logs.values()), key=_time)
    while batch := await asyncio.to_thread(lambda: list(islice(past, BATCH_LINES))):
        yield batch
    while query.follow:
        if found := await asyncio.to_thread(_new, logs, records, query):
            yield found
        await asyncio.sleep(LOOK_SECONDS)


def _new(logs: dict[Path, _Log], records: Records, query: LogQuery) -> Sequence[LogLine]:
    for path in _files(records, query):
        if path not in logs:
            logs[path] = _Log(path, records, query)
    return sorted((line for log in logs.values() for line in log.new()), key=_time)


def _time(line: LogLine) -> float:
    return line.at


def _files(records: Records, query: LogQuery) -> list[Path]:
    """The newest file of each replica."""
    pattern = f"{plain(query.revision)}/*.log" if query.revision else "*/*.log"
    found = records.logs_directory.glob(pattern)
    return sorted(path for path in found if is_called(path.stem, query.replica))


def is_called(replica: str, name: str) -> bool:
    """Whether a name, or the end of one, is this replica's; any is, if none is named."""
    return not name or replica == name or replica.endswith(f"-{name}")


def last_line(path: Path) -> str:
    """What a replica said last, shortened: mostly why it ended. Empty where it said nothing."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LAST_BYTES_MAX))
            lines = file.read().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line.strip()[:LAST_CHARACTERS_MAX] for line in reversed(lines) if line.strip()), "")
