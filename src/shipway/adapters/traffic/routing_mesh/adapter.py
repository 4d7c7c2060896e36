"""The `Traffic` port over the routing mesh: the Swarm itself tells it which tasks there are.

Nothing divides connections but the number of tasks. So a route is in force as soon as it is asked for, and a task
carries requests while the mesh answers: where it does not, no task does.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shipway.adapters.platforms.swarm.tasks import is_task
from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _asked
from shipway.adapters.traffic._asked import Asked
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.adapters.traffic.routing_mesh.probing import Probing
from shipway.errors import PortError
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.ports.clock import Clock

FOLDER = "routing-mesh"


class NotByMesh(PortError):
    """The mesh cannot do what the release asks for."""

    code = "way-in-cannot"
    needs_person = True


class RoutingMesh:
    """One service. Any number of processes may have one of these for it: the newest intent wins."""

    def __init__(self, nodes: Nodes, probe: Probe, *, service: str, home: Path, clock: Clock) -> None:
        self.nodes, self.service, self.clock = nodes, service, clock
        self._folder = home.absolute() / FOLDER
        self._records = Records(home, service)
        self._probing = Probing(probe)

    @property
    def _path(self) -> Path:
        return self._folder / f"{self.service}.json"

    async def observe(self) -> Routing:
        """What was asked for. While the mesh carries no requests no task is well, and it is told why."""
        at = self.clock.now()
        asked = await asyncio.to_thread(self._asked)
        if asked is None:
            return Routing(at=at)
        problem = await self._problem()
        return Routing(
            at=at,
            lowest=asked.route.shares,
            highest=asked.route.shares,
            confirmed=asked.route if asked.route_generation else None,
            generation=asked.route_generation,
            unhealthy=await asyncio.to_thread(self._tasks) if problem else (),
            problems=(problem,) if problem else (),
        )

    async def _problem(self) -> str:
        """Empty where it answers, or where nobody is to answer."""
        tasks = await asyncio.to_thread(self.nodes.tasks, self.service)
        return await self._probing.problem(await asyncio.to_thread(self.nodes.places), tasks) if tasks else ""

    def _tasks(self) -> tuple[str, ...]:
        return tuple(sorted(record.address for record in self._records.replicas() if is_task(record)))

    async def route(self, route: Route, *, generation: int) -> None:
        """Note it: tasks themselves divide requests. Raises `PortError` for what the mesh cannot do."""
        check(route)
        await asyncio.to_thread(self._change, functools.partial(_asked.routed, route=route, generation=generation))

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Note them: the Swarm itself tells the mesh which tasks there are."""
        change = functools.partial(_asked.published, endpoints=endpoints, generation=generation)
        await asyncio.to_thread(self._change, change)

    async def tend(self) -> None:
        """Nothing outside of releases changes here."""

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """The mesh does not count requests."""
        return {}

    def _asked(self) -> Asked | None:
        return _asked.load(self._path, Asked, product="the routing mesh")

    def _change(self, change: Callable[[Asked], Asked]) -> None:
        durable.directory(self._folder)
        with durable.locked(self._folder / "lock"):
            _asked.save(self._path, change(self._asked() or Asked()))


def check(route: Route) -> None:
    """Raises `NotByMesh` for users that are told apart, and for copies."""
    asked = {"chosen users": route.users, "users that stay on one version": route.sticky, "copies": route.mirror}
    for what in (what for what, value in asked.items() if value):
        raise NotByMesh(
            f"the routing mesh knows nothing of {what}",
            where="traffic.routing_mesh",
            why="It divides connections, and does not look at requests.",
            fix="Write `traffic: {envoy: …}`, or leave it out.",
        )
