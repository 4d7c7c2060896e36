"""What happens to releases of containers when the engine, a container or somebody's leftovers get in the way."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.containers.sides import HALVES, Side, taken_back
from platforms.docker.docker_stand import APP_IMAGE, MISSING, pushed
from platforms.docker.engine import Engine
from platforms.docker.shop import PATIENT
from shipway.errors import PortError

pytestmark = pytest.mark.real


def test_an_engine_that_is_restarted_in_a_release_delays_it(engine: Engine, tmp_path: Path) -> None:
    """Containers end with the engine and come back with it, where the proxy looks for them.

    A Swarm of one node whose tasks share a bridge may not come back by itself: `network … exists`.
    """
    side = Side("docker", engine)

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy=side.strategy)
        await stand.reached(1)
        await asyncio.to_thread(side.engine.stop)
        await asyncio.to_thread(side.engine.start)
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert side.count(stand) == 2

    side.told(tmp_path, story, **{**HALVES, "deadline": "5m"})


def test_one_that_is_killed_is_started_again(side: Side, tmp_path: Path) -> None:
    """At its address, where it is the same replica."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        ports = await stand.shipway.assemble(stand.service)
        before = {replica.id: replica.address for replica in (await ports.platform.observe()).replicas}
        os.kill(side.pid(side.replicas(stand)[0]), signal.SIGKILL)

        async def is_counted() -> bool:
            fleet = await ports.platform.observe()
            return sum(replica.restarts for replica in fleet.replicas) == 1

        await stand.eventually(is_counted, "its end is seen")
        await stand.eventually(stand.is_whole, "it is back")
        load = stand.users()
        await asyncio.sleep(1.0)
        await nothing_was_lost(load)
        after = {replica.id: replica.address for replica in (await ports.platform.observe()).replicas}
        assert after == before or side.name == "native"
        await ports.platform.close()

    side.told(tmp_path, story)


def test_an_image_of_a_registry_is_pulled_before_its_replicas_start(choosing: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        choosing.options(stand)["image"] = image = pushed(choosing.engine)
        await stand.ship_first("1.8.2")
        assert image in str(choosing.engine.ask("inspect", choosing.replicas(stand)[0]).stdout)

    choosing.told(tmp_path, story)


def test_an_image_that_is_nowhere_is_refused_before_anything_begins(choosing: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        choosing.options(stand)["image"] = f"{choosing.engine.registry}/nowhere@sha256:{MISSING}"
        with pytest.raises(PortError, match="there is no image") as caught:
            await stand.submit("1.9.0")
        assert len(str(caught.value).splitlines()) == 4
        assert (await stand.state()).run is None and await stand.is_at_rest()

    choosing.told(tmp_path, story)


def test_one_that_cannot_start_takes_the_release_back_and_says_why(side: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        stand.change(deadline="20s")
        side.options(stand)["command"] = "/no/such/program"
        # Of several tasks the Swarm remembers how they ended, and no more.
        why = "exited with 127" if side.name == "native" else "/no/such/program"
        taken_back(await stand.deploy("1.9.0"), why)
        await nothing_was_lost(load)
        await stand.eventually(stand.is_at_rest, "only the former version is left")

    side.told(tmp_path, story)


def test_services_of_two_homes_may_be_called_the_same(choosing: Side, tmp_path: Path) -> None:
    """Each keeps its own, whatever is left of the other's."""
    homes = tmp_path / "one", tmp_path / "other"
    for folder in homes:
        folder.mkdir()

    async def played() -> None:
        async with choosing.shop(homes[0], **PATIENT) as one, choosing.shop(homes[1], **PATIENT) as other:
            other.service = other.wish["service"] = one.service
            await one.ship_first("1.8.2")
            await other.ship_first("1.8.2")
            load = one.users()
            await other.ship("1.9.0")
            await one.ship("1.9.0")
            await nothing_was_lost(load)
            whose = [choosing.home_of(name) for name in choosing.replicas(one)]
            assert sorted(whose) == sorted(2 * [str(one.home.path), str(other.home.path)])

    asyncio.run(played())


def test_a_name_that_a_leftover_has_is_passed_over_or_refused(side: Side, tmp_path: Path) -> None:
    """A replica's name is one of many; that of the one service which has all of them is the user's own."""

    async def story(stand: Stand) -> None:
        name = stand.service
        side.leave(name)
        try:
            if side.name != "native":
                await stand.ship_first("1.8.2")
                return
            with pytest.raises(PortError, match=f"another service of the Swarm is called {name}") as caught:
                await stand.submit("1.8.2")
            assert "Shipway did not make it." in str(caught.value) and len(str(caught.value).splitlines()) == 4
        finally:
            side.sweep(name)

    side.told(tmp_path, story)


def test_a_port_that_another_container_publishes_holds_the_release_until_it_is_free(
    choosing: Side, tmp_path: Path
) -> None:
    async def story(stand: Stand) -> None:
        name, engine = f"{stand.service}-other", choosing.engine
        engine.ask("network", "create", name)
        words = ["--detach", "--name", name, "--network", name, "--publish", f"127.0.0.1:{stand.port}:8000"]
        engine.ask("run", *words, APP_IMAGE, "sleep", "600")
        try:
            await stand.submit("1.8.2")
            state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
            assert state.run is not None and state.run.hold is not None
            assert f"port {stand.port} cannot be used" in state.run.hold.reason
            assert "docker-proxy" in state.run.hold.reason
        finally:
            engine.ask("rm", "--force", name)
            engine.ask("network", "rm", name)
        assert (await stand.ended()).outcome == "finished"

    choosing.told(tmp_path, story)
