"""The readiness of all replicas of a service: one prober for each process, and what they last said in files."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

import msgspec
from msgspec import Struct

from shipway.adapters.platforms.process import beating
from shipway.adapters.platforms.process.readiness import Prober, Readiness
from shipway.adapters.platforms.process.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process, durable
from shipway.ports.clock import Clock

FIRST_MARGIN_SECONDS = 1.0


class ReadyRecord(Struct, frozen=True):
    """A process was ready since then; whoever looks next takes it from here."""

    pid: int
    since: float


class Probers:
    """Follows the processes that exist; a process that was started again is asked anew."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records, self._clock = records, clock
        self._probers: dict[tuple[str, int], Prober] = {}
        self._has_looked = False
        self._one_at_a_time = asyncio.Lock()

    async def follow(self, records: Iterable[ReplicaRecord], processes: Mapping[str, Process]) -> None:
        """Ask exactly these. The first time, the first answers are waited for: nobody asked before."""
        async with self._one_at_a_time:
            await self._follow(records, processes)

    async def _follow(self, records: Iterable[ReplicaRecord], processes: Mapping[str, Process]) -> None:
        wanted = {
            (record.id, process.pid): (record, process)
            for record in records
            if (process := processes.get(record.id)) and process.pid is not None
        }
        for key in self._probers.keys() - wanted.keys():
            self._probers.pop(key).end()
        for key in wanted.keys() - self._probers.keys():
            self._probers[key] = self._begin(*wanted[key])
        if not self._has_looked:
            await self._first_answers(wanted)
            self._has_looked = True

    def readiness(self, record: ReplicaRecord, process: Process | None) -> Readiness | None:
        """What the replica's process said; none when it has none."""
        prober = self._probers.get((record.id, process.pid)) if process and process.pid is not None else None
        return prober.readiness if prober else None

    def _begin(self, record: ReplicaRecord, process: Process) -> Prober:
        former = self._kept(record, process)
        first_yes_at = None if self._has_looked else process.started_at
        probe = record.health.ready
        prober = Prober(
            partial(beating.answer, beating.of(record, started_at=process.started_at), probe),
            probe,
            clock=self._clock,
            readiness=former or Readiness(),
        )
        prober.begin(
            process.started_at,
            first_yes_at=first_yes_at,
            changed=lambda readiness: self._keep(record, process, readiness),
        )
        return prober

    async def _first_answers(self, wanted: Mapping[tuple[str, int], tuple[ReplicaRecord, Process]]) -> None:
        """Of those whose initial delay is over; the rest is not ready yet anyway."""
        now = self._clock.now()
        due = {
            key: record.health.ready.timeout
            for key, (record, process) in wanted.items()
            if process.started_at + record.health.ready.initial_delay <= now
        }
        waits = [asyncio.create_task(self._probers[key].first.wait()) for key in due if key in self._probers]
        if waits:
            _, late = await asyncio.wait(waits, timeout=max(due.values()) + FIRST_MARGIN_SECONDS)
            for task in late:
                task.cancel()

    def _kept(self, record: ReplicaRecord, process: Process) -> Readiness | None:
        found = durable.read(self._records.ready_directory / f"{record.id}.json")
        kept = msgspec.json.decode(found, type=ReadyRecord) if found else None
        return Readiness(kept.since, 0, "") if kept and kept.pid == process.pid else None

    def _keep(self, record: ReplicaRecord, process: Process, readiness: Readiness) -> None:
        path = self._records.ready_directory / f"{record.id}.json"
        if readiness.since is None or process.pid is None:
            path.unlink(missing_ok=True)
        else:
            durable.replace(path, msgspec.json.encode(ReadyRecord(process.pid, readiness.since)))

    def end(self) -> None:
        """Ask no more."""
        for prober in self._probers.values():
            prober.end()
        self._probers.clear()
