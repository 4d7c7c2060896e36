"""What happens to releases in a Swarm when it, a task or a person does something else."""

import asyncio
import socket
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.containers.sides import taken_back
from platforms.docker.engine import Engine
from platforms.docker.shop import PATIENT
from platforms.swarm.shop import told
from platforms.swarm.swarm_stand import services
from shipway.errors import PortError
from shipway.model.command import Accept, Promote
from shipway.model.event import DriftSeen

pytestmark = pytest.mark.real

SLOW = {"canary": {"stages": ["50%", "100%"], "bake": "5s"}, "rollback": {"window": "0s"}}


async def asked(engine: Engine, *words: str) -> None:
    """`docker WORDS`, while the controller goes on."""
    await asyncio.to_thread(engine.ask, *words)


HANDS = {
    "update": (("service", "update", "--detach", "--env-add", "DEBUG=1"), "its Env is another one"),
    "scale": (("service", "update", "--detach", "--replicas", "0"), "it was scaled to 0"),
    "rm": (("service", "rm"), "it was removed"),
}


@pytest.mark.parametrize("hand", HANDS)
def test_what_somebody_does_to_a_service_holds_the_release_until_it_is_accepted(
    swarm: Engine, tmp_path: Path, hand: str
) -> None:
    words, says = HANDS[hand]

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = services(swarm, f"{stand.service}-1-8-2")[0]
        await asked(swarm, *words, name)
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert f"{name} was changed in the Swarm by other hands: {says}" in state.run.hold.reason
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"

    told(swarm, tmp_path, story, **SLOW)


def test_what_somebody_does_is_put_back_without_a_lost_request_where_the_file_says_so(
    swarm: Engine, tmp_path: Path
) -> None:
    """By another replica in the place of the one that was changed."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = services(swarm, f"{stand.service}-1-8-2")[0]
        await asked(swarm, "service", "update", "--detach", "--container-label-add", "debug=1", name)
        # A task was made anew, as a native update does it: nobody could drain the former one.
        await stand.eventually(lambda: has_seen(stand), "it is seen")
        load = stand.users()

        async def is_replaced() -> bool:
            return name not in services(swarm, stand.service)

        await stand.eventually(is_replaced, "another one is in its place")
        assert (await stand.state()).run is not None
        await stand.ask(Promote(all=True))
        await stand.reached(2)
        await stand.ask(Promote())
        assert (await stand.ended()).outcome == "finished"
        await nothing_was_lost(load)

    told(swarm, tmp_path, story, drift="revert", canary={"stages": ["50%", "100%"], "bake": "10m"})


async def has_seen(stand: Stand) -> bool:
    return bool(await stand.events(DriftSeen))


def test_a_secret_that_is_nowhere_is_refused_before_anything_begins(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        stand.wish["platform"]["swarm"]["secrets"] = ["nobody-made-it"]  # type: ignore[index]
        with pytest.raises(PortError, match="the Swarm has no secret nobody-made-it"):
            await stand.submit("1.9.0")

    told(swarm, tmp_path, story)


def test_a_port_that_somebody_took_meanwhile_takes_the_release_back(swarm: Engine, tmp_path: Path) -> None:
    """Shipway asks for free ports; this one is taken between its look and the task's start."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        ports = await stand.shipway.assemble(stand.service)
        highest = max(int(one.address.rpartition(":")[2]) for one in (await ports.platform.observe()).replicas)
        taken = [socket.socket() for _ in range(4)]
        for number, one in enumerate(taken, start=1):
            # Not on the address that is looked at: as another container's published port would be.
            one.bind(("127.0.0.2", highest + number))
            one.listen()
        stand.change(deadline="15s")
        try:
            past = await stand.deploy("1.9.0", strategy="blue-green")
            assert past.outcome == "rolled-back"
            await nothing_was_lost(load)
        finally:
            for one in taken:
                one.close()
            await ports.platform.close()

    told(swarm, tmp_path, story)


@pytest.mark.parametrize("options", [{}, {"update": {"monitor": "1s"}}], ids=["each", "native"])
def test_a_version_that_the_node_rejects_is_taken_back_and_nothing_is_left_of_it(
    swarm: Engine, tmp_path: Path, options: dict[str, object]
) -> None:
    """Its tasks end before they begin, again and again; a native update keeps the former ones beside them."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        stand.change(deadline="15s")
        wished: dict[str, list[str]] = stand.wish["platform"]["swarm"]  # type: ignore[index]
        wished["volumes"] = [*wished["volumes"], "/no/such/folder:/somewhere"]
        taken_back(await stand.deploy("1.9.0"), "bind source path does not exist")
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        await nothing_was_lost(load)
        wished["volumes"].pop()
        stand.change(**PATIENT)
        await stand.ship("2.0.0")
        await stand.eventually(stand.is_at_rest, "only the next version is left")

    told(swarm, tmp_path, story, swarm=options)
