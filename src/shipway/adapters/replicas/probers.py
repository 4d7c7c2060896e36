"""The readiness of all replicas of a service: one prober for each process, and what they last said in files."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.replicas import beating
from shipway.adapters.replicas.health import WarmUp
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.readiness import Prober, Readiness, Warm
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process, durable
from shipway.ports.clock import Clock

FIRST_MARGIN_SECONDS = 1.0
Whom = tuple[str, int, Place]
"""A replica's process, where it answers: a replica may be given its address only once it runs."""


async def _warm_up(place: Place, wish: WarmUp, protocol: str, clock: Clock, tell: Callable[[str], None]) -> str:
    from shipway.adapters.replicas.warming import warm_up

    return await warm_up(place, wish, protocol=protocol, clock=clock, tell=tell)


class ReadyRecord(Struct, frozen=True):
    """A process is ready since then, or was until then; whoever looks next takes it from here."""

    pid: int
    since: float | None
    cold: str = ""
    lost_at: float | None = None


class Probers:
    """Follows the processes that exist; a process that was started again is asked anew."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records, self._clock = records, clock
        self._probers: dict[Whom, Prober] = {}
        self._has_looked = False
        self._one_at_a_time = asyncio.Lock()

    async def follow(self, records: Iterable[ReplicaRecord], processes: Mapping[str, Process]) -> None:
        """Ask exactly these. The first time, the first answers are waited for: nobody asked before."""
        async with self._one_at_a_time:
            await self._follow(records, processes)

    async def _follow(self, records: Iterable[ReplicaRecord], processes: Mapping[str, Process]) -> None:
        wanted = {
            (record.id, process.pid, record.place): (record, process)
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
        if process is None or process.pid is None:
            return None
        prober = self._probers.get((record.id, process.pid, record.place))
        return prober.readiness if prober else None

    def _begin(self, record: ReplicaRecord, process: Process) -> Prober:
        former = self._kept(record, process)
        is_new = not self._ready_path(record).exists()
        first_yes_at = None if self._has_looked else process.started_at
        probe = record.health.ready
        prober = Prober(
            partial(beating.answer, beating.of(record, started_at=process.started_at), probe),
            probe,
            clock=self._clock,
            readiness=former or Readiness(),
            warm=self._warm_up(record) if is_new else None,
        )
        prober.begin(
            process.started_at,
            first_yes_at=first_yes_at,
            changed=lambda readiness: self._keep(record, process, readiness),
        )
        return prober

    def _warm_up(self, record: ReplicaRecord) -> Warm | None:
        """Only before the first request: one that was ready before is in the data plane's list already."""
        wish, probe = record.health.warm_up, record.health.ready
        if not wish.requests:
            return None
        return partial(_warm_up, record.place, wish, probe.protocol, self._clock)

    async def _first_answers(self, wanted: Mapping[Whom, tuple[ReplicaRecord, Process]]) -> None:
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
        found = durable.read(self._ready_path(record))
        kept = msgspec.json.decode(found, type=ReadyRecord) if found else None
        if kept is None or kept.pid != process.pid or (kept.since is None and kept.lost_at is None):
            return None
        return Readiness(kept.since, cold=kept.cold, lost_at=kept.lost_at)

    def _ready_path(self, record: ReplicaRecord) -> Path:
        return self._records.ready_directory / f"{record.id}.json"

    def _keep(self, record: ReplicaRecord, process: Process, readiness: Readiness) -> None:
        kept = ReadyRecord(process.pid or 0, readiness.since, readiness.cold, readiness.lost_at)
        durable.replace(self._ready_path(record), msgspec.json.encode(kept))

    def end(self) -> None:
        """Ask no more."""
        for prober in self._probers.values():
            prober.end()
        self._probers.clear()
