"""The routing mesh, with a socket in the place of its port: what it carries, and what is said otherwise."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from contract.fake_swarm import FakeSwarm
from contract.stored import in_loop
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.swarm.options import SwarmOptions
from shipway.adapters.replicas.container import Container, InSwarm
from shipway.adapters.replicas.health import HealthOptions, Probe
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.traffic.routing_mesh import asking, build, nodes
from shipway.adapters.traffic.routing_mesh.adapter import NotByMesh, RoutingMesh
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.adapters.traffic.routing_mesh.probing import TRIES, Probing, unanswered
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share
from tests.real.ports import free_port

OLD, NEW = RevisionId("1.8.2-aaaaaaaa"), RevisionId("1.9.0-bbbbbbbb")
HALF = Route(shares={OLD: Share(TOTAL // 2), NEW: Share(TOTAL // 2)})
PROBE = Probe(path="/health/ready", timeout=1.0, failure_threshold=3)
OK, BROKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSwarm]:
    """With the service `shop` of two tasks; the test opens its port of the mesh, or does not."""
    made = FakeSwarm()
    for module in (nodes, asking):
        monkeypatch.setattr(module, "engine", lambda _: made)
    yield made


@asynccontextmanager
async def carried(port: int, answer: bytes = OK) -> AsyncIterator[list[str]]:
    """The mesh's port on this node; the requests that came."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if head := await reader.read(1000):
            asked.append(head.decode().splitlines()[0])
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield asked


def mesh(home: Path, port: int) -> RoutingMesh:
    ready = {"path": "/health/ready", "timeout": 1.0, "failure_threshold": 3, "initial_delay": 0.0, "period": 1.0}
    context = Context(service="shop", home=home, clock=WallClock(), health={"ready": ready})
    return build({"listen": port, "engine": "unix:///d.sock", "directory": "."}, context)


def keep(home: Path, *, task: str = "t1", port: int = 32_768) -> ReplicaRecord:
    """A replica of the service."""
    swarm = InSwarm(port=8000, task=task)
    record = ReplicaRecord(
        id=f"shop-{port}",
        revision=NEW,
        version="1.9.0",
        generation=1,
        port=port,
        environment={},
        stop_grace=1.0,
        health=HealthOptions(),
        created_at=0.0,
        container=Container(engine="unix:///d.sock", image="x", swarm=swarm),
    )
    records = Records(home, "shop")
    with records.alone():
        records.keep(record)
    return record


class TestRoutes:
    @in_loop
    async def test_are_in_force_once_they_are_asked_for(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        """Tasks divide requests by their number: nobody else does, and nobody tells."""
        made = mesh(tmp_path, free_port())
        assert (await made.observe()).confirmed is None
        await made.route(HALF, generation=3)
        seen = await mesh(tmp_path, 1).observe()
        assert (seen.confirmed, seen.generation, seen.lowest, seen.highest) == (HALF, 3, HALF.shares, HALF.shares)
        assert seen.endpoints is None and not seen.foreign

    @in_loop
    async def test_of_an_older_intent_change_nothing(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        await mesh(tmp_path, 1).route(HALF, generation=5)
        with pytest.raises(StaleGeneration):
            await mesh(tmp_path, 1).route(Route(), generation=4)
        assert (await mesh(tmp_path, 1).observe()).confirmed == HALF

    @in_loop
    @pytest.mark.parametrize(
        "route",
        [
            Route(users=(UserRule(kind="header", name="a", value="b", revision=NEW),)),
            Route(sticky=Sticky(kind="cookie", name="a")),
            Route(mirror=Mirror(revision=NEW, share=Share(1))),
        ],
    )
    async def test_that_look_at_requests_are_refused(self, swarm: FakeSwarm, tmp_path: Path, route: Route) -> None:
        with pytest.raises(NotByMesh) as told:
            await mesh(tmp_path, 1).route(route, generation=1)
        assert len(str(told.value).splitlines()) == 4


class TestTasks:
    @in_loop
    async def test_are_well_while_the_mesh_answers(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        port = free_port()
        swarm.have("shop", published=port)
        keep(tmp_path)
        made = mesh(tmp_path, port)
        await made.route(HALF, generation=1)
        async with carried(port) as asked:
            seen = await made.observe()
        assert (seen.unhealthy, seen.problems) == ((), ())
        assert asked == ["GET /health/ready HTTP/1.1"], "asked as a user would, through the mesh"

    @in_loop
    async def test_are_not_while_nothing_listens_there(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        """A kernel without IPVS: the Swarm says that all is well."""
        port, own = free_port(), free_port()
        swarm.have("shop", published=port, at=own)
        record = keep(tmp_path, port=own)
        made = mesh(tmp_path, port)
        await made.route(HALF, generation=1)
        async with carried(own):
            seen = await made.observe()
        assert seen.unhealthy == (record.address,)
        (problem,) = seen.problems
        refused = f"refused connection on 127.0.0.1:{port}"
        assert problem == f"the routing mesh carries no requests on 127.0.0.1:{port}: {refused}"
        assert seen.confirmed == HALF and seen.generation == 1, "or it would be asked for at each look"

    @in_loop
    async def test_that_are_broken_say_nothing_of_the_mesh(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        """Or a broken version would keep the next one from getting users."""
        port = free_port()
        swarm.have("shop", published=port, at=free_port())
        keep(tmp_path)
        made = mesh(tmp_path, port)
        await made.route(HALF, generation=1)
        assert (await made.observe()).problems == ()

    @in_loop
    @pytest.mark.parametrize("states", [(), ("starting",), ("preparing", "failed")])
    async def test_that_do_not_run_are_not_asked(
        self, swarm: FakeSwarm, tmp_path: Path, states: tuple[str, ...]
    ) -> None:
        port, own = free_port(), free_port()
        swarm.have("shop", published=port, at=own, states=states)
        keep(tmp_path)
        made = mesh(tmp_path, port)
        await made.route(HALF, generation=1)
        async with carried(own) as asked:
            seen = await made.observe()
        assert (seen.unhealthy, seen.problems, asked) == ((), (), [])

    @in_loop
    async def test_need_the_mesh_of_every_node(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        port, own = free_port(), free_port()
        swarm.have("shop", published=port, at=own)
        swarm.hosts, swarm.down = ["127.0.0.1", "127.0.0.2"], ["127.0.0.3"]
        made = mesh(tmp_path, port)
        await made.route(HALF, generation=1)
        async with carried(port), carried(own):
            seen = await made.observe()
        assert len(seen.problems) == 1 and f"on 127.0.0.2:{port}" in seen.problems[0]


class TestProbing:
    @in_loop
    async def test_what_answered_before_may_fail_a_few_times(self) -> None:
        place, task, probing = Place("127.0.0.1", free_port()), Place("127.0.0.1", free_port()), Probing(PROBE)

        async def is_silent() -> bool:
            return bool(await probing.problem([place], [task]))

        async with carried(task.port):
            async with carried(place.port):
                assert not await is_silent()
            assert [await is_silent() for _ in range(4)] == [False, False, True, True]
            async with carried(place.port):
                assert not await is_silent()
            assert not await is_silent(), "it answered again, and is counted anew"

    @in_loop
    async def test_what_never_answered_has_no_patience(self) -> None:
        place, task, probing = Place("127.0.0.1", free_port()), Place("127.0.0.1", free_port()), Probing(PROBE)
        async with carried(task.port):
            assert [bool(await probing.problem([place], [task])) for _ in range(2)] == [True, True]

    @in_loop
    async def test_a_connection_alone_is_no_answer(self) -> None:
        """A node may listen on a port that it reserves, with nothing behind."""
        port = free_port()
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", port):
            (said,) = (await unanswered([Place("127.0.0.1", port)], PROBE)).values()
        assert said == "no answer to /health/ready within 1 s"

    @in_loop
    async def test_what_a_task_says_is_its_own_affair(self) -> None:
        port = free_port()
        async with carried(port, BROKEN):
            assert await unanswered([Place("127.0.0.1", port)], PROBE) == {}

    @in_loop
    async def test_some_tasks_may_be_broken(self) -> None:
        """The mesh sends each connection to another one."""
        port, turns = free_port(), itertools.count()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if next(turns) == TRIES - 1:
                await reader.read(1000)
                writer.write(OK)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", port):
            assert await unanswered([Place("127.0.0.1", port)], PROBE) == {}
        assert next(turns) == TRIES


async def looked_at(port: int, home: Path) -> str:
    return await asking.looked_at(Nodes("unix:///d.sock", port), PROBE, service="shop", home=home)


class TestBeforeARelease:
    @in_loop
    async def test_a_port_that_nobody_has_is_free(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        port = free_port()
        assert await looked_at(port, tmp_path) == f"port {port} of 1 node is free"

    @in_loop
    async def test_a_program_that_listens_there_is_in_the_way(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        """Or its answers would pass for those of the mesh, whose port the Swarm accepts silently."""
        port = free_port()
        async with carried(port):
            with pytest.raises(PortError, match="is taken") as told:
                await looked_at(port, tmp_path)
        assert len(str(told.value).splitlines()) == 4

    @in_loop
    async def test_another_service_of_the_mesh_is_named(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        port = free_port()
        swarm.have("other", published=port)
        with pytest.raises(PortError, match="is taken") as told:
            await looked_at(port, tmp_path)
        assert "service other has it" in told.value.why

    @in_loop
    async def test_a_service_that_serves_has_to_answer(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        port, own = free_port(), free_port()
        swarm.have("shop", published=port, at=own)
        async with carried(own):
            async with carried(port):
                assert await looked_at(port, tmp_path) == f"port {port} of 1 node is the service's already"
            with pytest.raises(PortError, match="carries no requests") as told:
                await looked_at(port, tmp_path)
        assert "IPVS" in told.value.why and "ip_vs" in told.value.fix

    @in_loop
    async def test_a_service_whose_tasks_are_broken_may_be_shipped_anew(
        self, swarm: FakeSwarm, tmp_path: Path
    ) -> None:
        port = free_port()
        swarm.have("shop", published=port, at=free_port())
        assert "is the service's already" in await looked_at(port, tmp_path)

    @in_loop
    @pytest.mark.parametrize("published", [None, 9])
    async def test_a_service_does_not_change_its_way_in(
        self, swarm: FakeSwarm, tmp_path: Path, published: int | None
    ) -> None:
        swarm.have("shop", published=published)
        with pytest.raises(PortError, match="cannot change its way in") as told:
            await looked_at(free_port(), tmp_path)
        assert ("port 9" if published else "no port") in told.value.why

    @in_loop
    async def test_replicas_that_are_services_are_not_in_the_mesh(self, swarm: FakeSwarm, tmp_path: Path) -> None:
        keep(tmp_path, task="")
        with pytest.raises(PortError, match="cannot change its way in"):
            await looked_at(free_port(), tmp_path)

    def test_a_service_does_not_leave_the_mesh_either(self, swarm: FakeSwarm) -> None:
        swarm.have("shop", published=None)
        asking.require_not_in_mesh(Nodes("unix:///d.sock", 0), "shop")
        swarm.have("shop", published=8080)
        with pytest.raises(PortError, match="cannot change its way in"):
            asking.require_not_in_mesh(Nodes("unix:///d.sock", 0), "shop")

    @pytest.mark.parametrize(
        ("config", "has_check"),
        [
            ({}, False),
            ({"Healthcheck": None}, False),
            ({"Healthcheck": {"Test": []}}, False),
            ({"Healthcheck": {"Test": ["NONE"]}}, False),
            ({"Healthcheck": {"Test": ["CMD", "true"]}}, True),
        ],
    )
    def test_an_image_says_whether_it_has_a_check(self, swarm: FakeSwarm, config: Any, has_check: bool) -> None:
        swarm.images["x"] = {"Config": config}
        assert asking.has_healthcheck(SwarmOptions(image="x", engine="unix:///d.sock")) is has_check

    def test_of_an_image_that_is_elsewhere_nothing_is_known(self, swarm: FakeSwarm) -> None:
        assert asking.has_healthcheck(SwarmOptions(image="x", engine="unix:///d.sock")) is None

    def test_a_stack_file_may_say_it(self, swarm: FakeSwarm) -> None:
        check = {"Healthcheck": {"Test": ["CMD", "true"]}}
        assert asking.has_healthcheck(SwarmOptions(image="x", container_spec=check)) is True
