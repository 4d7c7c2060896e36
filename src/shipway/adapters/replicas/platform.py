"""The platform port over replicas of one machine.

What is wanted is written to files under SHIPWAY_HOME first, under a lock and a fence, and then handed to whoever
keeps it alive. A late hand-over of a controller that lost its service can therefore only repeat what the files
say, and a new controller finds everything it needs in them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from msgspec.structs import replace

from shipway.adapters.replicas import logs, looking, preparing
from shipway.adapters.replicas.exposed import ExposedFiles
from shipway.adapters.replicas.keeper import Keeper, Recipe
from shipway.adapters.replicas.probers import Probers
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.replicas.resources import Resources
from shipway.adapters.replicas.usage import Usages
from shipway.adapters.supervisor import Process, Supervisor
from shipway.errors import Refused
from shipway.model.fleet import Fleet, Replica
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import Revision, RevisionId
from shipway.ports.clock import Clock

Decided = TypeVar("Decided")


@dataclass(eq=False)
class MachinePlatform:
    """The replicas of one service. Several objects, in several processes too, may speak for the same one."""

    recipe: Recipe
    keeper: Keeper
    records: Records
    supervisor: Supervisor
    """Runs preparations, and what looks after replicas."""
    clock: Clock
    error_lines: str
    """Lines of output that this pattern is found in are errors."""

    def __post_init__(self) -> None:
        self._probers = Probers(self.records, self.clock)
        self._usages = Usages(self.records, self.error_lines)
        self.resources = Resources(lambda: (self._usages.at, self._usages.found), self.clock)
        self.exposures = ExposedFiles(self.records, self.clock)

    async def observe(self) -> Fleet:
        """All replicas as they are now; cheap enough for several times a second."""
        records = await asyncio.to_thread(self.records.replicas)
        processes = await self.keeper.processes(is_needed=bool(records))
        records = await asyncio.to_thread(self._forget_gone, records, processes)
        await self._forget_prepared(processes)
        await self._probers.follow((r for r in records if r.stopping_since is None), processes)
        return await asyncio.to_thread(self._fleet, records, processes)

    async def _forget_prepared(self, processes: Mapping[str, Process]) -> None:
        """What a finished preparation did is in its file; its program is not needed any more."""
        for record in await asyncio.to_thread(self.records.preparations):
            if record.program in processes and self.records.result_path(record).exists():
                await self.supervisor.remove(record.program, wait=False)

    def _fleet(self, records: Sequence[ReplicaRecord], processes: Mapping[str, Process]) -> Fleet:
        marks = self.records.marks()
        preparations = self.records.preparations()
        states = {p.revision: preparing.state_of(p, processes, self.records) for p in preparations}
        return Fleet(
            at=self.clock.now(),
            replicas=tuple(self._replica(record, processes.get(record.id)) for record in records),
            prepared={revision: state for revision, (state, _) in states.items()},
            generations={key: mark.applied for key, mark in marks.items() if mark.applied},
            details={revision: detail for revision, (_, detail) in states.items() if detail},
            usage=self._usages.look(records, processes, now=self.clock.now()),
            foreign=looking.drift(self._made(records, processes), processes, marks),
        )

    def _made(self, records: Sequence[ReplicaRecord], processes: Mapping[str, Process]) -> list[ReplicaRecord]:
        """Without those that their engine would not make: nobody's hand took them away."""
        return [one for one in records if one.id in processes or not self.records.refusal(one.id)]

    def _replica(self, record: ReplicaRecord, process: Process | None) -> Replica:
        ending = self.records.ending(record.id) if process and process.restarts else None
        before = looking.before(process, ending, now=self.clock.now())
        refusal = "" if process else self.records.refusal(record.id)
        readiness = self._probers.readiness(record, process)
        seen = looking.replica(record, process, readiness, before=before, refusal=refusal)
        if seen.ready or not seen.restarts:
            return seen
        said = logs.last_line(self.records.log_of(record))
        return replace(seen, detail=f"{seen.detail}: {said}") if said else seen

    def _forget_gone(
        self, records: Sequence[ReplicaRecord], processes: Mapping[str, Process]
    ) -> tuple[ReplicaRecord, ...]:
        """A stopped replica disappears once its process has; then its port is free."""
        gone = {
            record.id for record in records if record.stopping_since is not None and record.id not in processes
        }
        for replica in gone:
            self.records.forget(replica)
        return tuple(record for record in records if record.id not in gone)

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        """Begin the revision's `prepare`; without one it is done at once."""
        key, task = f"prepare:{revision.id}", await asyncio.to_thread(self.recipe.task, revision)
        record = await self._alone(
            key, generation, lambda: preparing.begin(revision, task, self.records, generation=generation)
        )
        if record is not None and task is not None:
            await self.supervisor.put(preparing.program_of(revision, task, record, self.records))
        await asyncio.to_thread(self.records.applied, key, generation)

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        """Stale replicas do not count: nobody would start them again."""
        key = f"capacity:{revision.id}"
        await self.supervisor.ensure()
        processes = await self.keeper.processes(is_needed=True)
        wanted = await self._alone(
            key, generation, lambda: self._decide_scale(revision, replicas, generation, processes)
        )
        await self.keeper.put(wanted, processes)
        await asyncio.to_thread(self.records.applied, key, generation)

    def _decide_scale(
        self, revision: Revision, replicas: int, generation: int, processes: Mapping[str, Process]
    ) -> tuple[ReplicaRecord, ...]:
        """Write what is wanted; returns the replicas that should run."""
        sound = [r for r in self._of(revision.id) if not (r.id in processes and processes[r.id].orphan)]
        active = [record for record in sound if record.draining_since is None]
        draining = [record for record in sound if record.draining_since is not None]
        back = [replace(record, draining_since=None) for record in draining[: max(0, replicas - len(active))]]
        count = replicas - len(active) - len(back)
        new = self._new(revision, count, generation) if count > 0 else ()
        if new:
            self.recipe.make_room(revision)
        for record in (*back, *new):
            self.records.keep(record)
        return (*active, *back, *new)

    def _new(self, revision: Revision, count: int, generation: int) -> tuple[ReplicaRecord, ...]:
        created = self.recipe.new_replicas(revision, count, generation=generation)
        return tuple(replace(record, created_at=self.clock.now()) for record in created)

    def _of(self, revision: RevisionId) -> tuple[ReplicaRecord, ...]:
        """The revision's replicas that were not told to stop."""
        records = self.records.replicas()
        return tuple(r for r in records if r.revision == revision and r.stopping_since is None)

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Note that they drain; the data plane is told by others."""
        key = f"capacity:{revision}"
        await self._alone(key, generation, lambda: self._mark_draining(revision, frozenset(replicas)))
        await asyncio.to_thread(self.records.applied, key, generation)

    def _mark_draining(self, revision: RevisionId, names: frozenset[str]) -> None:
        for record in self._of(revision):
            if record.id in names and record.draining_since is None:
                self.records.keep(replace(record, draining_since=self.clock.now()))

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        """Begin to stop them; each is in the fleet until it is gone. A stale one gets its grace period too."""
        key = f"capacity:{revision}"
        names = frozenset(replicas)
        stopping = await self._alone(key, generation, lambda: self._mark_stopping(revision, names))
        if stopping:
            await self.keeper.remove(stopping)
        await asyncio.to_thread(self.records.applied, key, generation)

    def _mark_stopping(self, revision: RevisionId, names: frozenset[str]) -> tuple[str, ...]:
        mine = self.check_drained(revision, names)
        for record in mine:
            if record.stopping_since is None:
                self.records.keep(replace(record, stopping_since=self.clock.now()))
        return tuple(record.id for record in mine)

    def check_drained(self, revision: RevisionId, names: frozenset[str]) -> list[ReplicaRecord]:
        """Those of them that are there. Raises `Refused` if one does not drain."""
        mine = [r for r in self.records.replicas() if r.revision == revision and r.id in names]
        undrained = sorted(record.id for record in mine if record.draining_since is None)
        if undrained:
            raise Refused(
                f"{undrained[0]} is not stopped",
                where=f"service {self.records.service}",
                why="It was never drained: requests may be under way to it.",
                fix="Drain it first.",
            )
        return mine

    async def _alone(self, key: str, generation: int, decide: Callable[[], Decided]) -> Decided:
        return await asyncio.to_thread(self.records.decided, key, generation, decide)

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        """Nothing is left of them but files, which are pruned with the revisions."""

    def logs(self, query: LogQuery) -> AsyncIterator[Sequence[LogLine]]:
        """Output, also of replicas that are gone, as the files of this machine have it."""
        return logs.told(self.records, query)

    async def close(self) -> None:
        """Stop asking replicas; they run on."""
        self._probers.end()
