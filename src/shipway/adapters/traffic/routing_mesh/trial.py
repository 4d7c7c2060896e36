"""Tries the mesh with one task outside of any release, on a port of its own, and removes it.

Only a task that takes requests shows whether the mesh carries any, and only the release's own image is known to
have one.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.engine import engine, telling
from shipway.adapters.platforms.swarm import creating, names, seeing, together
from shipway.adapters.platforms.swarm.options import options_of
from shipway.adapters.platforms.swarm.recipe import SwarmRecipe
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.platforms.swarm.services import Services
from shipway.adapters.replicas.health import HealthOptions, Probe
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.probing import Kind, ask
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.traffic.routing_mesh.asking import not_carried
from shipway.adapters.traffic.routing_mesh.nodes import Nodes, port_of
from shipway.adapters.traffic.routing_mesh.probing import unanswered
from shipway.model.revision import Revision

READY_SECONDS, MESH_SECONDS = 60.0, 10.0
"""For the task to take requests by itself, and for the mesh to know it then."""
LOOK_SECONDS = 0.2
ANY_PORT = 0
"""The Swarm chooses one that nobody has."""


class NotTried(Exception):
    """The task takes no requests by itself, so nothing is known of the mesh; why."""


async def tried(home: Path, revision: Revision, *, address: str) -> int:
    """How many nodes carried requests to the task. Raises `NotTried`, `PortError` where one does not."""
    trial = _Trial(home, revision, address)
    async with trial.started() as record:
        probe = record.health.ready
        await trial.answered(probe)
        places = await asyncio.to_thread(trial.places)
        deadline = time.monotonic() + MESH_SECONDS
        while bad := await unanswered(places, probe):
            if time.monotonic() > deadline:
                raise not_carried(*next(iter(bad.items())))
            await asyncio.sleep(LOOK_SECONDS)
        return len(places)


class _Task(Struct, frozen=True):
    """That of the trial, as the Swarm tells of it."""

    place: Place | None
    """Where it takes requests on its node; none while it does not run."""
    waits: str
    """Why it does not run."""


class _Trial:
    """One service of one task."""

    def __init__(self, home: Path, revision: Revision, address: str) -> None:
        self._revision, self._address = revision, address
        self._services = Services(address, home.absolute())
        self._name = f"{names.common(revision.service)[:52]}-mesh-check"

    @asynccontextmanager
    async def started(self) -> AsyncIterator[ReplicaRecord]:
        """What was left of an earlier one that was killed goes first."""
        await asyncio.to_thread(self._forget)
        try:
            yield await asyncio.to_thread(self._create)
        finally:
            await asyncio.to_thread(self._forget)

    def _create(self) -> ReplicaRecord:
        options, home = options_of(self._revision), self._services.home
        records = Records(home, self._revision.service)
        recipe = SwarmRecipe(records, HealthOptions(), self._services, options.ports)
        record = replace(recipe.pattern(self._revision, generation=0), id=self._name)
        self._services.complete(record)
        spec = creating.asked(record, home)
        reached = together.reached(spec["EndpointSpec"], ANY_PORT)
        self._services.change(self._name, lambda _: {**spec, "EndpointSpec": reached})
        return record

    def _forget(self) -> None:
        mark = {"label": f"{labels.TRIED}={self._revision.service}"}
        with telling(self._address):
            found = engine(self._address).services(filters=mark)
        for one in found:
            self._services.remove(one["ID"])

    async def answered(self, probe: Probe) -> None:
        """Wait until the task takes requests, on its own. Raises `NotTried`."""
        deadline, why = time.monotonic() + READY_SECONDS + probe.initial_delay, ""
        while time.monotonic() < deadline:
            task = await asyncio.to_thread(self._task)
            why = task.waits
            if task.place is not None:
                outcome = await ask(task.place, probe)
                if outcome.kind is Kind.YES:
                    return
                why = outcome.detail
            await asyncio.sleep(LOOK_SECONDS)
        raise NotTried(f"a task of it did not become ready: {why}")

    def _task(self) -> _Task:
        with telling(self._address):
            tasks = engine(self._address).tasks(filters={"service": self._name})
        seen = Seen(service=self._seen(), tasks=tuple(sorted(tasks, key=lambda task: str(task["CreatedAt"]))))
        current = seen.current
        if current is None or seeing.state(current) != "running" or not together.port_of(current):
            return _Task(None, seeing.process(seen, restarts=0, is_here=False).detail)
        return _Task(Place(self._services.host(seen), together.port_of(current)), "")

    def _seen(self) -> dict[str, Any]:
        with telling(self._address):
            found: dict[str, Any] = engine(self._address).inspect_service(self._name)
        return found

    def places(self) -> tuple[Place, ...]:
        """Every node, at the port that the Swarm chose."""
        return Nodes(self._address, port_of(self._seen())).places()
