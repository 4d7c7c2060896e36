"""What happens to releases of containers when Docker, a container or a person does something else."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker.docker_stand import MISSING, pushed
from platforms.docker.engine import Engine
from platforms.docker.shop import PATIENT, shop
from shipway.errors import PortError
from shipway.model.command import Accept

pytestmark = pytest.mark.real


def told(engine: Engine, folder: Path, story: Callable[[Stand], Awaitable[None]], **wish: object) -> None:
    """Play a story on a stand."""

    async def played() -> None:
        async with shop(engine, folder, **wish) as stand:
            await story(stand)

    asyncio.run(played())


def test_an_engine_that_is_restarted_in_a_release_delays_it(engine: Engine, tmp_path: Path) -> None:
    """Containers end with the engine and come back with it, at the addresses that the proxy knows."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        await asyncio.to_thread(engine.stop)
        await asyncio.to_thread(engine.start)
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert len(engine.named(stand.service)) == 2

    told(engine, tmp_path, story, deadline="3m")


def test_a_container_that_is_killed_is_started_again_at_its_address(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        ports = await stand.shipway.assemble(stand.service)
        before = {replica.id: replica.address for replica in (await ports.platform.observe()).replicas}
        os.kill(engine.inspect(engine.named(stand.service)[0])["State"]["Pid"], signal.SIGKILL)

        async def is_counted() -> bool:
            fleet = await ports.platform.observe()
            return sum(replica.restarts for replica in fleet.replicas) == 1

        await stand.eventually(is_counted, "its end is seen")
        await stand.eventually(stand.is_whole, "it is back")
        load = stand.users()
        await asyncio.sleep(1.0)
        await nothing_was_lost(load)
        assert {r.id: r.address for r in (await ports.platform.observe()).replicas} == before
        await ports.platform.close()

    told(engine, tmp_path, story)


def test_a_container_that_somebody_stops_holds_the_release_until_it_is_accepted(
    engine: Engine, tmp_path: Path
) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = engine.named(f"{stand.service}-1.8.2")[0]
        await asyncio.to_thread(engine.ask, "stop", name)
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert f"{name} was stopped in Docker by other hands" in state.run.hold.reason
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"

    told(engine, tmp_path, story, canary={"stages": ["50%", "100%"], "bake": "5s"}, rollback={"window": "0s"})


def test_an_image_of_a_registry_is_pulled_before_its_replicas_start(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        image = pushed(engine)
        stand.wish["platform"]["docker"]["image"] = image  # type: ignore[index]
        await stand.ship_first("1.8.2")
        assert engine.inspect(engine.named(stand.service)[0])["Config"]["Image"] == image

    told(engine, tmp_path, story)


def test_an_image_that_is_nowhere_is_refused_before_anything_begins(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        stand.wish["platform"]["docker"]["image"] = f"{engine.registry}/nowhere@sha256:{MISSING}"  # type: ignore[index]
        with pytest.raises(PortError, match="there is no image"):
            await stand.submit("1.9.0")
        assert (await stand.state()).run is None and await stand.is_at_rest()

    told(engine, tmp_path, story)


def test_a_container_that_cannot_start_takes_the_release_back(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        stand.wish["platform"]["docker"]["command"] = "/no/such/program"  # type: ignore[index]
        past = await stand.deploy("1.9.0")
        assert past.outcome == "rolled-back"
        await nothing_was_lost(load)

    told(engine, tmp_path, story, deadline="15s")


def test_services_of_two_homes_may_be_called_the_same(engine: Engine, tmp_path: Path) -> None:
    """Each keeps its own containers, whatever is left of the other's."""

    async def played() -> None:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        homes = tmp_path / "one", tmp_path / "other"
        async with shop(engine, homes[0], **PATIENT) as one, shop(engine, homes[1], **PATIENT) as other:
            other.service = other.wish["service"] = one.service  # type: ignore[assignment]
            await one.ship_first("1.8.2")
            await other.ship_first("1.8.2")
            load = one.users()
            await other.ship("1.9.0")
            await one.ship("1.9.0")
            await nothing_was_lost(load)
            homes = [
                engine.inspect(name)["Config"]["Labels"]["shipway.home"] for name in engine.named(one.service)
            ]
            assert sorted(homes) == sorted(2 * [str(one.home.path), str(other.home.path)])

    asyncio.run(played())
