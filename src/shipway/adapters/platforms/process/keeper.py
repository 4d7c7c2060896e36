"""Replicas as programs of supervisord."""

import asyncio
from collections.abc import Mapping, Sequence

from shipway.adapters.platforms.process import starting
from shipway.adapters.replicas.liveness_program import liveness_program
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.supervisor import Process, Supervisor

STANDING = ("STOPPED", "FATAL")


class SupervisedReplicas:
    """The keeper of one service's processes."""

    def __init__(self, supervisor: Supervisor, records: Records) -> None:
        self._supervisor, self._records = supervisor, records

    async def processes(self, *, is_needed: bool) -> Mapping[str, Process]:
        """All programs of this home, by name."""
        return await self._supervisor.by_name(is_needed=is_needed)

    async def put(self, records: Sequence[ReplicaRecord], known: Mapping[str, Process]) -> None:
        """All that are missing with one reading of supervisord's configuration."""
        missing = [record for record in records if record.id not in known]
        programs = [starting.program_of(record, self._records) for record in missing]
        await self._supervisor.put(liveness_program(self._supervisor.home), *programs)
        standing = [r.id for r in records if r.id in known and known[r.id].state in STANDING]
        await asyncio.gather(*(self._supervisor.start(name) for name in standing))

    async def remove(self, names: Sequence[str]) -> None:
        """A stale one gets its grace period too."""
        await asyncio.gather(*(self._supervisor.remove(name, wait=False) for name in names))
