"""What replicas use and say: processor time, memory, restarts, error lines. Every method here blocks.

Counts begin when this object first looks, so another controller's counts begin anew: whoever compares two of
them sees a restart. What replicas that are gone have used stays in the sums.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from shipway.adapters.replicas.job_files import queue_age
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process
from shipway.model.fleet import Usage
from shipway.model.revision import RevisionId

LOOK_SECONDS = 5.0
"""Between two looks at processes and logs: reading them all costs milliseconds."""
LOG_BYTES_MAX = 4 * 2**20
"""Of one log in one look; the rest is read in the next."""
LINE_BYTES_MAX = 2**16
SECONDS_PER_HOUR = 3600.0
Pid = tuple[int, float]
"""A process's number and when it was created."""


@dataclass
class _Sums:
    """Of one revision."""

    cpu_seconds: float = 0.0
    cpu_before: float = 0.0
    restarts: int = 0
    error_lines: int = 0
    replica_hours: float = 0.0
    memory_bytes: float = 0.0
    replicas: int = 0
    queue_age_seconds: float | None = None


@dataclass
class _Log:
    """How far one log was read."""

    offset: int
    rest: bytes = b""


@dataclass
class Usages:
    """Looks at all replicas of one service, no more often than `LOOK_SECONDS`."""

    records: Records
    pattern: str
    """Lines that it is found in are errors."""
    at: float | None = None
    found: dict[RevisionId, Usage] = field(default_factory=dict)
    _sums: dict[RevisionId, _Sums] = field(default_factory=dict)
    _cpu: dict[Pid, float] = field(default_factory=dict)
    _restarts: dict[str, int] = field(default_factory=dict)
    _logs: dict[Path, _Log] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._is_error = re.compile(self.pattern.encode())

    def look(
        self, records: Sequence[ReplicaRecord], processes: Mapping[str, Process], *, now: float
    ) -> Mapping[RevisionId, Usage]:
        """By revision; the one of the look before while that is young."""
        if self.at is not None and 0.0 <= now - self.at < LOOK_SECONDS:
            return self.found
        seconds = 0.0 if self.at is None else max(0.0, now - self.at)
        alive = [(record, process) for record in records if (process := processes.get(record.id)) is not None]
        for sums in self._sums.values():
            sums.replicas, sums.memory_bytes, sums.cpu_before = 0, 0.0, sums.cpu_seconds
            sums.queue_age_seconds = None
        tree = children()
        for record, process in alive:
            self._take(record, process, tree, seconds=seconds)
        self._forget(records)
        self.at = now
        self.found = {name: _usage(sums, seconds=seconds) for name, sums in self._sums.items()}
        return self.found

    def _take(
        self, record: ReplicaRecord, process: Process, tree: Mapping[int, Sequence[int]], *, seconds: float
    ) -> None:
        sums = self._sums.setdefault(record.revision, _Sums())
        before = self._restarts.get(record.id, 0 if self.at is not None else process.restarts)
        sums.restarts += max(0, process.restarts - before)
        self._restarts[record.id] = max(before, process.restarts)
        sums.error_lines += self._errors(self.records.log_of(record))
        if process.pid is None:
            return
        if record.heartbeat is not None:
            told = queue_age(self.records.jobs_of(record.revision) / f"{record.id}.prom")
            known = [age for age in (sums.queue_age_seconds, told) if age is not None]
            sums.queue_age_seconds = max(known, default=None)
        sums.replicas += 1
        sums.replica_hours += seconds / SECONDS_PER_HOUR
        for pid in family(process.pid, tree) if process.is_here else ():
            self._measure(pid, sums)

    def _measure(self, pid: int, sums: _Sums) -> None:
        """One process; what ended meanwhile is counted no further."""
        try:
            found = psutil.Process(pid)
            with found.oneshot():
                key, times, memory = (pid, found.create_time()), found.cpu_times(), found.memory_info().rss
        except psutil.Error:
            return
        spent = times.user + times.system
        before = self._cpu.get(key, 0.0 if self.at is not None else spent)
        sums.cpu_seconds += max(0.0, spent - before)
        sums.memory_bytes += memory
        self._cpu[key] = spent

    def _errors(self, path: Path) -> int:
        """Error lines that were finished since the look before; a log that was cut is read from its start."""
        try:
            size = path.stat().st_size
            log = self._logs.setdefault(path, _Log(size if self.at is None else 0))
            if size < log.offset:
                log.offset, log.rest = 0, b""
            with path.open("rb") as file:
                file.seek(log.offset)
                content = file.read(LOG_BYTES_MAX)
        except FileNotFoundError:
            return 0
        log.offset += len(content)
        *whole, log.rest = (log.rest + content).split(b"\n")
        log.rest = log.rest[:LINE_BYTES_MAX]
        return sum(self._is_error.search(line[:LINE_BYTES_MAX]) is not None for line in whole)

    def _forget(self, records: Sequence[ReplicaRecord]) -> None:
        """What is gone needs no mark any more; its sums stay."""
        named = {record.id for record in records}
        self._restarts = {name: count for name, count in self._restarts.items() if name in named}
        logs = {self.records.log_of(record) for record in records}
        self._logs = {path: log for path, log in self._logs.items() if path in logs}
        self._cpu = {key: spent for key, spent in self._cpu.items() if psutil.pid_exists(key[0])}


def children() -> Mapping[int, Sequence[int]]:
    """Every process of the machine by its parent, read once for all replicas."""
    found: dict[int, list[int]] = {}
    for process in psutil.process_iter(["ppid"]):
        found.setdefault(process.info["ppid"], []).append(process.pid)
    return found


def family(pid: int, tree: Mapping[int, Sequence[int]]) -> Iterable[int]:
    """A process and all that it started; a number that was used again makes no circle."""
    seen, open_ = {pid}, [pid]
    while open_:
        open_ = [child for parent in open_ for child in tree.get(parent, ()) if child not in seen]
        seen.update(open_)
    return seen


def _usage(sums: _Sums, *, seconds: float) -> Usage:
    return Usage(
        replicas=sums.replicas,
        cpu_seconds=sums.cpu_seconds,
        cpu_cores=(sums.cpu_seconds - sums.cpu_before) / seconds if seconds else None,
        memory_bytes=sums.memory_bytes / sums.replicas if sums.replicas else None,
        restarts=sums.restarts,
        replica_hours=sums.replica_hours,
        error_lines=sums.error_lines,
        queue_age_seconds=sums.queue_age_seconds,
    )
