"""Replicas as containers that Docker keeps alive."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from shipway.adapters.platforms.docker import handing
from shipway.adapters.platforms.docker.containers import Containers
from shipway.adapters.platforms.docker.output_program import output_program
from shipway.adapters.replicas.liveness_program import liveness_program
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process, Supervisor
from shipway.errors import PortError

log = logging.getLogger(__name__)

AT_ONCE = 8
"""So many are created or ended side by side."""
GRACE_SECONDS = 10.0
"""Of a container that nobody has a record of any more."""


@contextmanager
def remembered(records: Records, replica: str) -> Iterator[None]:
    """Why it is not made stands beside its record, for whoever asks why a release goes back."""
    try:
        yield
    except PortError as error:
        try:
            records.keep_refusal(replica, error.why.rstrip("."))
        except OSError as other:
            log.warning("why %s is not made is not written down: %s", replica, other)
        raise
    records.keep_refusal(replica, "")


class ContainedReplicas:
    """The keeper of one service's containers."""

    def __init__(self, containers: Containers, supervisor: Supervisor, records: Records) -> None:
        self._containers, self._supervisor, self._records = containers, supervisor, records
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._side_by_side = asyncio.Semaphore(AT_ONCE)

    async def processes(self, *, is_needed: bool) -> Mapping[str, Process]:
        """This service's containers, and the home's programs. What was told to end, ends."""
        seen = await asyncio.to_thread(self._containers.seen, self._records.service)
        records = {record.id: record for record in await asyncio.to_thread(self._records.replicas)}
        await self.remove([n for n in seen if n not in records or records[n].stopping_since is not None])
        found = await asyncio.gather(
            *(
                asyncio.to_thread(self._containers.kept, one, self._records, records.get(name))
                for name, one in seen.items()
            )
        )
        programs = await self._supervisor.by_name(is_needed=is_needed)
        return {**programs, **{process.name: process for process in found}}

    async def put(self, records: Sequence[ReplicaRecord], known: Mapping[str, Process]) -> None:
        """Create those that are missing, start those that stand still."""
        home = self._supervisor.home
        await self._supervisor.put(liveness_program(home), output_program(home))
        wanted = [r for r in records if r.id not in known or known[r.id].state == "STOPPED"]
        await asyncio.gather(*(self._create(record) for record in wanted))

    async def _create(self, record: ReplicaRecord) -> None:
        async with self._side_by_side:
            await asyncio.to_thread(self._made, record)

    def _made(self, record: ReplicaRecord) -> None:
        with remembered(self._records, record.id):
            self._containers.create(record)

    async def remove(self, names: Sequence[str]) -> None:
        """Each is ended once. What a controller that died left half done, the next look does."""
        for name in names:
            if name not in self._ending:
                self._ending[name] = asyncio.create_task(self._end(name))

    async def _end(self, name: str) -> None:
        records = {record.id: record for record in await asyncio.to_thread(self._records.replicas)}
        grace = records[name].stop_grace if name in records else GRACE_SECONDS
        try:
            await asyncio.to_thread(self._containers.end, name, grace=grace)
            await asyncio.to_thread(handing.forget, self._records)
        except PortError as error:
            # The next look tells of an engine that does not answer, and tries again.
            log.warning("%s is not ended: %s", name, error)
        finally:
            del self._ending[name]
