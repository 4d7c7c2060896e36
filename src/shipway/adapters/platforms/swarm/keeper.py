"""Replicas as services that a Swarm keeps alive."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shipway.adapters.platforms.docker.keeper import remembered
from shipway.adapters.platforms.docker.output_program import output_program
from shipway.adapters.platforms.swarm import seeing
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.platforms.swarm.tasks import Tasks, is_task
from shipway.adapters.platforms.swarm.together import is_common
from shipway.adapters.replicas.liveness_program import liveness_program
from shipway.adapters.replicas.records import Mark, Records, ReplicaRecord
from shipway.adapters.supervisor import Process, Supervisor
from shipway.errors import PortError

log = logging.getLogger(__name__)

AT_ONCE = 8
"""So many are created side by side."""
GRACE_SECONDS = 10.0
"""Of a service that nobody has a record of any more."""


class SwarmReplicas:
    """The keeper of one service's replicas."""

    def __init__(self, services: Services, supervisor: Supervisor, records: Records, tasks: Tasks) -> None:
        self._services, self._supervisor, self._records = services, supervisor, records
        self._tasks = tasks
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._side_by_side = asyncio.Semaphore(AT_ONCE)

    async def processes(self, *, is_needed: bool) -> Mapping[str, Process]:
        """This service's replicas, and the home's programs. What was told to end, ends."""
        whole = await asyncio.to_thread(self._services.seen, self._records.service)
        records = {record.id: record for record in await asyncio.to_thread(self._records.replicas)}
        common = next((one for one in whole.values() if is_common(one)), None)
        tasks = await asyncio.to_thread(self._tasks.followed, common, records)
        seen = {name: one for name, one in whole.items() if one is not common}
        records = {name: record for name, record in records.items() if not is_task(record)}
        await self.remove([n for n in seen if n not in records or records[n].stopping_since is not None])
        found = await asyncio.to_thread(self._found, seen, records)
        return {**await self._supervisor.by_name(is_needed=is_needed), **found, **tasks}

    def _found(self, seen: Mapping[str, Seen], records: Mapping[str, ReplicaRecord]) -> dict[str, Process]:
        moved = {name: host for name, one in seen.items() if (host := self._services.host(one))}
        if any(name in records and records[name].host != host for name, host in moved.items()):
            self._follow(moved)
        removed = {name: seeing.removed(name) for name in self._removed(seen, records)}
        return removed | {
            name: self._services.process(one, self._records, records.get(name)) for name, one in seen.items()
        }

    def _removed(self, seen: Mapping[str, Seen], records: Mapping[str, ReplicaRecord]) -> list[str]:
        """Those that were handed over as a whole, and that nobody told to end."""
        marks = self._records.marks()
        return [
            name
            for name, record in records.items()
            if name not in seen
            and record.stopping_since is None
            and not self._records.refusal(name)
            and marks.get(f"capacity:{record.revision}", Mark()).applied >= record.generation
        ]

    def _follow(self, hosts: Mapping[str, str]) -> None:
        """A replica's address is that of the node that the Swarm chose for it."""
        with self._records.alone():
            for record in self._records.replicas():
                if record.id in hosts and record.host != hosts[record.id]:
                    self._records.keep(replace(record, host=hosts[record.id]))

    async def put(self, records: Sequence[ReplicaRecord], known: Mapping[str, Process]) -> None:
        """Create those that are missing, put back those that other hands changed."""
        home = self._supervisor.home
        await self._supervisor.put(liveness_program(home), output_program(home))
        wanted = [r for r in records if r.id not in known or known[r.id].changed]
        await asyncio.gather(*(self._create(record) for record in wanted))

    async def _create(self, record: ReplicaRecord) -> None:
        async with self._side_by_side:
            await asyncio.to_thread(self._made, record)

    def _made(self, record: ReplicaRecord) -> None:
        with remembered(self._records, record.id):
            self._services.create(record)

    async def remove(self, names: Sequence[str]) -> None:
        """Each is ended once. What a controller that died left half done, the next look does."""
        for name in names:
            if name not in self._ending:
                self._ending[name] = asyncio.create_task(self._end(name))

    async def _end(self, name: str) -> None:
        records = {record.id: record for record in await asyncio.to_thread(self._records.replicas)}
        grace = records[name].stop_grace if name in records else GRACE_SECONDS
        try:
            await asyncio.to_thread(self._services.end, name, grace=grace)
        except PortError as error:
            # The next look tells of a Swarm that does not answer, and tries again.
            log.warning("%s is not ended: %s", name, error)
        finally:
            del self._ending[name]
