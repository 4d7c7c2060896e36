"""Looks after all replicas of a home, whether or not a controller lives. Run by the supervisor.

`python -m shipway.adapters.platforms.liveness --home H`
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import time

from shipway.adapters.replicas.liveness import LOOK_SECONDS, Liveness
from shipway.adapters.replicas.records import Records, ReplicaRecord, all_replicas
from shipway.adapters.supervisor import NotRunning, Process, Supervisor
from shipway.errors import PortError


class Everybody:
    """Whoever keeps replicas of this home: the supervisor, and engines of containers."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def processes(self) -> Sequence[Process]:
        """Those of an engine only where some replica is a container."""
        supervised = await self._supervisor.processes()
        contained = await asyncio.to_thread(_contained, self._supervisor.home)
        return (*supervised, *contained)

    async def restart(self, record: ReplicaRecord) -> None:
        """By whom it is kept."""
        if record.container is None:
            await self._supervisor.restart(record.id)
            return
        await asyncio.to_thread(_restart, record, self._supervisor.home)


def _contained(home: Path) -> list[Process]:
    """Of each engine, asked in the way that its replicas are kept."""
    records = all_replicas(home)
    return [*_in_docker(home, records), *_in_swarm(home, records)]


def _in_docker(home: Path, records: Sequence[ReplicaRecord]) -> list[Process]:
    kept = [record for record in records if record.container is not None and record.container.swarm is None]
    if not kept:
        return []
    from shipway.adapters.platforms.docker.containers import Containers, engines
    from shipway.adapters.platforms.docker.seeing import process

    seen = (Containers(engine, home).seen() for engine in engines(kept))
    return [process(one) for found in seen for one in found.values()]


def _in_swarm(home: Path, records: Sequence[ReplicaRecord]) -> list[Process]:
    kept = {r.id: r for r in records if r.container is not None and r.container.swarm is not None}
    if not kept:
        return []
    from shipway.adapters.platforms.docker.containers import engines
    from shipway.adapters.platforms.swarm.services import Services

    found = []
    for services in (Services(engine, home) for engine in engines(tuple(kept.values()))):
        for name, one in services.seen().items():
            if name in kept:
                found.append(services.process(one, Records(home, kept[name].service), kept[name]))
    return found


def _restart(record: ReplicaRecord, home: Path) -> None:
    assert record.container is not None
    if record.container.swarm is not None:
        from shipway.adapters.platforms.swarm.services import Services

        Services(record.container.engine, home).restart(record)
        return
    from shipway.adapters.platforms.docker.containers import Containers

    Containers(record.container.engine, home).restart(record, Records(home, record.service))


async def run(home: Path) -> None:
    """Until it is ended from outside, or the supervisor was shut down."""
    supervisor = Supervisor(home)
    liveness = Liveness(supervisor.home, Everybody(supervisor))
    while True:
        try:
            await liveness.look(time())
        except NotRunning:
            # We lived on without it. One that was shut down is to stay so.
            if supervisor.was_shut_down():
                return
            await supervisor.ensure()
        except PortError as error:
            print(error.what, flush=True)
        await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    asyncio.run(run(parser.parse_args().home))
