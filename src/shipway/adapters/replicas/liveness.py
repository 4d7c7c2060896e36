"""Restarts replicas whose `alive` probe fails, or that have more memory than they may."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from shipway.adapters.replicas import beating
from shipway.adapters.replicas.memory import excesses, next_ones
from shipway.adapters.replicas.probing import Kind
from shipway.adapters.replicas.records import Ending, Records, ReplicaRecord, all_replicas
from shipway.adapters.supervisor import Process
from shipway.model.metric import size

LOOK_SECONDS = 1.0
BACK_SECONDS = 60.0
"""The longest that the others of a service wait until one that was too large answers again."""


class Reviver(Protocol):
    """Whoever keeps replicas."""

    async def processes(self) -> Sequence[Process]:
        """All of this home. Raises `PortError`."""
        ...

    async def restart(self, record: ReplicaRecord) -> None:
        """End one, with its grace period, and start it again."""
        ...


class Watch:
    """Counts the noes of one process in a row."""

    def __init__(self, record: ReplicaRecord, process: Process) -> None:
        self.record = record
        self.whom = beating.of(record, started_at=process.started_at)
        self.next_at = process.started_at + record.health.alive.initial_delay
        self.failures = 0

    async def ask(self, now: float) -> bool:
        """Whether the replica is to be restarted; asks only when it is time."""
        if now < self.next_at:
            return False
        probe = self.record.health.alive
        self.next_at = now + probe.period
        outcome = await beating.answer(self.whom, probe)
        self.failures = 0 if outcome.kind is Kind.YES else self.failures + 1
        return self.failures >= probe.failure_threshold


class Liveness:
    """All replicas of one home."""

    def __init__(self, home: Path, reviver: Reviver) -> None:
        self.home, self._reviver = home, reviver
        self._watches: dict[tuple[str, int], Watch] = {}
        self._restarts: dict[str, asyncio.Task[None]] = {}
        """Those under way, by replica."""
        self._services: dict[str, str] = {}
        """Of those."""

    async def look(self, now: float) -> None:
        """Ask all that are due, and restart those that failed too often or have grown too large."""
        records = await asyncio.to_thread(_records, self.home)
        running = _running(records, await self._reviver.processes())
        self._watches = self._current(running)
        await self._ask(now)
        await self._measure(running, now)

    async def _ask(self, now: float) -> None:
        keys = tuple(self._watches)
        verdicts = await asyncio.gather(*(self._watches[key].ask(now) for key in keys))
        for key, is_dead in zip(keys, verdicts, strict=True):
            if is_dead:
                record = self._watches.pop(key).record
                self._restart(record, Ending(now, "it did not answer its alive probe"))

    async def _measure(self, running: Sequence[tuple[ReplicaRecord, Process]], now: float) -> None:
        bounded = [(record, process) for record, process in running if record.memory_max]
        found = await asyncio.to_thread(excesses, bounded)
        records = {record.id: record for record, _ in bounded}
        for excess in next_ones(found, busy={*self._services.values()}):
            why = f"it had {size(excess.bytes)} of the {size(excess.limit)} that it may have"
            self._restart(records[excess.name], Ending(now, why))

    def _current(self, running: Sequence[tuple[ReplicaRecord, Process]]) -> dict[tuple[str, int], Watch]:
        """A process that was started again is counted anew."""
        return {
            (process.name, process.pid): self._watches.get((process.name, process.pid)) or Watch(record, process)
            for record, process in running
            if process.pid is not None
        }

    def _restart(self, record: ReplicaRecord, ending: Ending) -> None:
        """The grace period of one does not delay the others."""
        if record.id in self._restarts:
            return
        print(f"{record.id} is started again: {ending.why}", flush=True)
        self._services[record.id] = record.service
        self._restarts[record.id] = asyncio.create_task(self._restarted(record, ending))
        self._restarts[record.id].add_done_callback(lambda _: self._forget(record.id))

    async def _restarted(self, record: ReplicaRecord, ending: Ending) -> None:
        """Until it answers again, or does not in time."""
        records = Records(self.home, record.service)
        await asyncio.to_thread(records.keep_ending, record.id, ending)
        await self._reviver.restart(record)
        whom = beating.of(record, started_at=ending.at)
        with suppress(TimeoutError):
            async with asyncio.timeout(BACK_SECONDS):
                is_back = False
                while not is_back:
                    await asyncio.sleep(LOOK_SECONDS)
                    is_back = (await beating.answer(whom, record.health.ready)).kind is Kind.YES

    def _forget(self, name: str) -> None:
        del self._restarts[name], self._services[name]


def _running(
    records: Mapping[str, ReplicaRecord], processes: Sequence[Process]
) -> list[tuple[ReplicaRecord, Process]]:
    return [
        (records[process.name], process)
        for process in processes
        if process.pid is not None and process.name in records and process.state != "STOPPING"
    ]


def _records(home: Path) -> dict[str, ReplicaRecord]:
    return {record.id: record for record in all_replicas(home) if record.stopping_since is None}
