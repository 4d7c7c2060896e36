"""Restarts replicas whose `alive` probe fails: `python -m shipway.adapters.platforms.process.liveness --home H`.

The supervisor runs it, so it works without a controller. One for each home, for all services.
"""

import argparse
import asyncio
from pathlib import Path

from shipway.adapters.platforms.process import beating
from shipway.adapters.platforms.process.probing import Kind
from shipway.adapters.platforms.process.records import Records, ReplicaRecord
from shipway.adapters.supervisor import NotRunning, Process, Supervisor
from shipway.errors import PortError

LOOK_SECONDS = 1.0


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

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self._watches: dict[tuple[str, int], Watch] = {}
        self._restarts: set[asyncio.Task[None]] = set()

    async def look(self, now: float) -> None:
        """Ask all that are due, and restart those that failed too often."""
        self._watches = self._current(await self._running(), await self.supervisor.processes())
        keys = tuple(self._watches)
        verdicts = await asyncio.gather(*(self._watches[key].ask(now) for key in keys))
        for (name, pid), is_dead in zip(keys, verdicts, strict=True):
            if is_dead:
                del self._watches[name, pid]
                self._restart(name)

    async def _running(self) -> dict[str, ReplicaRecord]:
        return await asyncio.to_thread(_records, self.supervisor.home)

    def _current(
        self, records: dict[str, ReplicaRecord], processes: tuple[Process, ...]
    ) -> dict[tuple[str, int], Watch]:
        """A process that was started again is counted anew."""
        return {
            (process.name, process.pid): self._watches.get((process.name, process.pid))
            or Watch(records[process.name], process)
            for process in processes
            if process.pid is not None and process.name in records and process.state != "STOPPING"
        }

    def _restart(self, name: str) -> None:
        """The grace period of one does not delay the others."""
        print(f"{name} does not answer its alive probe: restarting it", flush=True)
        task = asyncio.create_task(self.supervisor.restart(name))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)


def _records(home: Path) -> dict[str, ReplicaRecord]:
    services = (path.name for path in (home / "services").glob("*/") if path.is_dir())
    records = (record for service in services for record in Records(home, service).replicas())
    return {record.id: record for record in records if record.stopping_since is None}


async def run(home: Path) -> None:
    """Until it is ended from outside, or the supervisor was shut down."""
    from time import time

    liveness = Liveness(Supervisor(home))
    while True:
        try:
            await liveness.look(time())
        except NotRunning:
            # We lived on without it. One that was shut down is to stay so.
            if liveness.supervisor.was_shut_down():
                return
            await liveness.supervisor.ensure()
        except PortError as error:
            print(error.what, flush=True)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    asyncio.run(run(parser.parse_args().home))
