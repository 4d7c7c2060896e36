"""Releases whose requests the Swarm's routing mesh carries.

This machine's kernel may have no IPVS: then its mesh does not work, and that it is refused is what is real here.
Where it has to work, a relay stands in for the forwarding alone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker import image
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.swarm.newcomers import Newcomers
from platforms.swarm.relay import Relay
from platforms.swarm.shop import shop
from platforms.swarm.swarm_stand import inspected, services
from shipway.adapters.traffic.routing_mesh.nodes import Nodes
from shipway.cli.shell import machine
from shipway.errors import ShipwayError
from shipway.model.revision import Revision

pytestmark = pytest.mark.real

CHECKED = "shipway/replica:checked"
LOOK = 'import socket; socket.create_connection(("127.0.0.1", 8000), 5)'
CHECK = f"HEALTHCHECK --interval=1s --timeout=10s --start-period=60s --retries=10 CMD python3 -S -c '{LOOK}'"
NOWHERE = {"prometheus": {"url": "http://127.0.0.1:1", "requests": 'x{v="{version}"}'}}
"""Nobody counts: that holds no rolling release."""
ENOUGH = 50
"""Fewer requests would prove nothing."""
SILENT = "the routing mesh carries no requests on 127.0.0.1:"


@pytest.fixture
def checked(swarm: Engine) -> Iterator[Engine]:
    """With an image that has a HEALTHCHECK."""
    swarm.load(image.archive(), CHECKED, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000", CHECK)
    yield swarm


@asynccontextmanager
async def meshed(engine: Engine, folder: Path, *, replicas: int = 2, **wish: Any) -> AsyncIterator[Stand]:
    """A stand of a service in the mesh."""
    native = {"image": CHECKED, "replicas": replicas, "update": {"monitor": "1s"}, **wish.pop("swarm", {})}
    told = {"metrics": NOWHERE, "rollback": {"window": "0s"}, **wish}
    async with shop(engine, folder, swarm=native, **told) as stand:
        stand.wish = {**stand.wish, "traffic": {"routing_mesh": {"listen": stand.port}}, "canary": {}}
        yield stand


def revision_of(stand: Stand, version: str) -> Revision:
    from shipway.wishing import wished

    return wished(stand.home, stand.loaded, version, strategy=None)[0]


def test_a_mesh_that_does_not_connect_is_refused_before_anything_is_touched(
    checked: Engine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with meshed(checked, tmp_path) as stand:
            revision = revision_of(stand, "1.8.2")
            machine.require(stand.home, stand.loaded, revision)
            with pytest.raises(machine.DoesNotFit, match="carries no requests") as told:
                await machine.require_carried(stand.home, stand.loaded, revision)
            assert len(str(told.value).splitlines()) == 4 and "IPVS" in told.value.why
            assert services(checked, stand.service) == []

    asyncio.run(story())


def test_an_image_without_a_healthcheck_is_refused(checked: Engine, tmp_path: Path) -> None:
    async def story() -> None:
        async with meshed(checked, tmp_path, swarm={"image": APP_IMAGE}) as stand:
            with pytest.raises(machine.DoesNotFit, match="has no HEALTHCHECK"):
                machine.require(stand.home, stand.loaded, revision_of(stand, "1.8.2"))

    asyncio.run(story())


def test_a_first_version_that_the_mesh_does_not_reach_is_taken_away(checked: Engine, tmp_path: Path) -> None:
    """Whoever did not try the mesh before finds out once tasks run."""

    async def story() -> None:
        async with meshed(checked, tmp_path, deadline="90s") as stand:
            past = await stand.deploy("1.8.2")
            assert past.outcome == "rolled-back" and SILENT in past.reason, past
            await stand.eventually(lambda: asyncio.sleep(0, services(checked, stand.service) == []), "it is gone")

    asyncio.run(story())


def test_a_release_through_the_mesh_loses_no_request(checked: Engine, tmp_path: Path) -> None:
    async def story() -> None:
        async with meshed(checked, tmp_path, rolling={"batches": 2, "pause": "3s"}) as stand:
            relay = Relay(checked.address, stand.service, stand.port)
            async with relay.carrying():
                await stand.ship_first("1.8.2")
                found = inspected(checked, stand.service)["Spec"]["EndpointSpec"]
                assert [port["PublishMode"] for port in found["Ports"]] == ["ingress", "host"]
                assert Nodes(checked.address, stand.port).published(stand.service) == stand.port
                load, newcomers = stand.users(), Newcomers(stand.host, stand.port)
                await stand.ship("1.9.0")
                await newcomers.stop()
                counts = await nothing_was_lost(load)
                assert set(counts.answered) == {"1.8.2", "1.9.0"}
                assert newcomers.lost == [] and newcomers.answered > ENOUGH

    asyncio.run(story())


def test_without_a_healthcheck_it_loses_some(checked: Engine, tmp_path: Path) -> None:
    """The control; `shipway deploy` refuses it. The mesh sends users to a task that does not listen yet."""

    async def story() -> None:
        async with meshed(checked, tmp_path, swarm={"image": APP_IMAGE}) as stand:
            relay = Relay(checked.address, stand.service, stand.port)
            async with relay.carrying():
                await stand.ship_first("1.8.2")
                newcomers = Newcomers(stand.host, stand.port)
                await stand.ship("1.9.0")
                await newcomers.stop()
                assert newcomers.lost and newcomers.answered > ENOUGH

    asyncio.run(story())


def test_a_mesh_that_stops_answering_holds_the_release_until_it_answers_again(
    checked: Engine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with meshed(checked, tmp_path, rolling={"batches": 2, "pause": "10m"}, deadline="10m") as stand:
            relay = Relay(checked.address, stand.service, stand.port)
            async with relay.carrying():
                await stand.ship_first("1.8.2")
                stand.change(deadline="120s")
                await stand.submit("1.9.0")
                await stand.reached(1)
            state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
            assert state.run is not None and state.run.hold is not None
            assert (state.run.row, state.run.hold.rule) == (1, "late-stable-broken")
            assert SILENT in state.run.hold.reason, state.run.hold.reason
            async with relay.carrying():
                await stand.until(lambda state: bool(state.run and not state.run.hold), "it goes on by itself")

    asyncio.run(story())


def test_what_needs_a_second_set_is_refused_before_anything_begins(checked: Engine, tmp_path: Path) -> None:
    async def story() -> None:
        async with meshed(checked, tmp_path) as stand:
            with pytest.raises(ShipwayError, match="the routing mesh cannot do canary") as told:
                await stand.submit("1.9.0", strategy="canary")
            assert len(str(told.value).splitlines()) == 4

    asyncio.run(story())
