"""A service in a DaemonSet, released by the real engine, node by node, over a cluster in memory."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from contract.daemon_set_controller import Nodes
from shipway.adapters.platforms.kubernetes.in_place.daemon_sets import DaemonSets
from shipway.adapters.platforms.kubernetes.in_place.platform import PlatformInPlace
from shipway.engine.ports import Ports, Store
from shipway.engine.tick import Service, tick
from shipway.model.command import Command, Deploy, Request
from shipway.model.policy import Rollback
from shipway.model.release import Chosen, Release, Rolling
from shipway.model.revision import Revision, RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.simulation.store import MemoryJournal, MemoryLeases, MemoryRevisions

Kind = TypeVar("Kind")
SERVICE, LOOK_SECONDS = "checkout", 1.0
USERS: dict[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}


def manifest(version: str) -> dict[str, Any]:
    """What the user wrote."""
    labels = {"app": SERVICE}
    container = {"name": "app", "image": f"shop:{version}", "ports": [{"containerPort": 8000}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": SERVICE, "labels": {"team": "shop"}},
        "spec": {
            "updateStrategy": USERS,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def revision(version: str) -> Revision:
    """One that its manifest makes."""
    platform = {"workload": manifest(version), "container": "app", "port": 8000}
    return Revision(id=RevisionId(f"{version}-aaaa"), service=SERVICE, version=version, platform=platform)


class Proxy:
    """It does at once what it is told."""

    def __init__(self) -> None:
        self.now, self.routes, self.published = 0.0, (0, Route()), (0, tuple[Endpoint, ...]())

    async def observe(self) -> Routing:
        generation, route = self.routes
        return Routing(
            at=self.now,
            lowest=route.shares,
            highest=route.shares,
            confirmed=route if generation else None,
            generation=generation,
            endpoints=self.published[1],
            endpoints_generation=self.published[0],
        )

    async def route(self, route: Route, *, generation: int) -> None:
        self.routes = max(self.routes, (generation, route), key=lambda told: told[0])

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        self.published = max(self.published, (generation, tuple(endpoints)), key=lambda told: told[0])

    async def tend(self) -> None:
        """There is nothing to tend."""

    async def in_flight(self, addresses: Sequence[str]) -> dict[str, int]:
        return {}


class DaemonSetStand:
    """One service. `now` is the cluster's present."""

    window = Rollback(window=600.0)
    """In which a version may still be taken back."""

    def __init__(self, nodes: int, *, batches: int = 4) -> None:
        self.cluster, self.proxy, self.batches = Nodes(nodes), Proxy(), batches
        self.journal = MemoryJournal(self, MemoryLeases(self))
        self.store = Store(self.journal, self.journal.leases, MemoryRevisions(self), self)
        self.asked = 0
        self.least = nodes
        """So few pods that the proxy sends to were ready at once, since this was set."""
        self.service = self.another()

    def now(self) -> float:
        """The clock of all parts."""
        return self.cluster.at

    async def sleep(self, seconds: float) -> None:
        """Nobody waits in real time."""

    @property
    def platform(self) -> PlatformInPlace:
        """The adapter."""
        return PlatformInPlace(SERVICE, self.cluster, self, lambda: b"key", DaemonSets())

    def another(self) -> Service:
        """A controller that knows only what is written."""
        token = asyncio.run(self._lease())
        service = Service(SERVICE, Ports(platform=self.platform, traffic=self.proxy), self.store, token)
        asyncio.run(service.load())
        return service

    async def _lease(self) -> int:
        lease = await self.store.leases.acquire(SERVICE, "stand", seconds=1e9)
        assert lease is not None
        return lease.token

    def deploy(self, version: str, **changes: Any) -> None:
        """Ask for a release."""
        usual = Release(
            service=SERVICE,
            revision=revision(version).id,
            strategy="rolling",
            replicas=1,
            platform=Chosen(name="kubernetes", options={"update": {"kind": "DaemonSet"}}),
            rolling=Rolling(batches=self.batches),
            rollback=Rollback(window=0.0),
            deadline=60.0,
        )
        asyncio.run(self.store.revisions.put(revision(version), b""))
        self.ask(Deploy(release=replace(usual, **changes)))

    def ask(self, command: Command) -> None:
        """Told with the next look."""
        self.asked += 1
        request = Request(id=self.asked, service=SERVICE, at=self.now(), by="somebody", command=command)
        self.look([request])

    def look(self, inbox: Sequence[Request] = ()) -> None:
        """One tick, and what the cluster does until the next one."""
        self.proxy.now = self.now()
        asyncio.run(tick(self.service, inbox, now=self.now()))
        self.cluster.passed(LOOK_SECONDS)
        self.least = min(self.least, self.serving())

    def serving(self) -> int:
        """Pods that are ready and that the proxy sends to."""
        active = {each.address for each in self.proxy.published[1] if not each.draining}
        return sum(f"{each}:8000" in active for each in self.cluster.ready())

    def looks(self, seconds: float) -> None:
        """For so long."""
        for _ in range(int(seconds / LOOK_SECONDS)):
            self.look()

    def ended(self, within: float = 300.0) -> str:
        """How the release under way ended."""
        until = self.now() + within
        while self.service.state.run is not None:
            assert self.now() < until, self.service.state.run
            self.look()
        return self.service.state.past[-1].outcome

    def reached(self, row: int, within: float = 120.0) -> None:
        """Look until the row is entered and settled."""
        until = self.now() + within
        while (run := self.service.state.run) is None or run.row < row or run.settled_at is None:
            assert self.now() < until, run
            self.look()

    def serve_first(self, version: str = "1.0") -> None:
        """A first deployment, at rest."""
        self.deploy(version)
        assert self.ended() == "finished"
        self.looks(20)
        self.least = len(self.cluster.nodes)

    def events(self, kind: type[Kind]) -> list[Kind]:
        """Of the journal."""
        return [entry.event for entry in self.journal.entries[SERVICE] if isinstance(entry.event, kind)]
