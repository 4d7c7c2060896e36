"""The only node of a Swarm is restarted in a release: users are without replicas meanwhile, and that is all."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.conftest import begun_swarm
from platforms.containers.sides import HALVES, Side
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.docker.shop import PATIENT, SHOP
from platforms.swarm.swarm_stand import NETWORK
from shipway.demo.load import Load
from shipway.model.event import DriftSeen, Entry, Marked, RunStarted, StageEntered
from tests.real.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


OVERLAY = "overlay"


@pytest.fixture
def node() -> Iterator[Engine]:
    """Of its own, from within its network: others do not expect to be restarted.

    Its containers are in an overlay network, as they usually are: dockerd 20.10 may not find a bridge of the whole
    Swarm again (`network … exists`), and then nobody's task ever runs in it.
    """
    with begun_swarm() as engine, engine.network.entered():
        engine.ask("network", "create", "--driver", "overlay", OVERLAY)
        engine.ask("service", "rm", f"{NETWORK}-keeper")
        yield engine


def native_control(stand: Stand, side: Side) -> Load:
    """Users of a service that nobody but the Swarm updates, which it begins to do."""
    port, options = free_port(), side.options(stand)
    words = [
        "--detach",
        "--no-resolve-image",
        "--name",
        "control",
        "--network",
        OVERLAY,
        "--endpoint-mode",
        "dnsrr",
    ]
    words += ["--init", "--publish", f"mode=host,target=8000,published={port}"]
    words += [word for name, value in options["env"].items() for word in ("--env", f"{name}={value}")]
    for volume in options["volumes"]:
        words += ["--mount", f"type=bind,source={volume.split(':')[0]},target={volume.split(':')[0]},readonly"]
    program = SHOP.format(port=8000, version="1.8.2").split()
    side.engine.ask("service", "create", *words, APP_IMAGE, *program)
    return Load("127.0.0.1", port, rate=20.0, connections=2)


async def is_answered(load: Load) -> bool:
    """Whether users get nothing but answers, for a while."""
    before = load.counts.lost_total, sum(load.counts.answered.values())
    await asyncio.sleep(1.0)
    return load.counts.lost_total == before[0] and sum(load.counts.answered.values()) > before[1]


def entered_since(journal: list[Entry], kind: str) -> list[Entry]:
    """Stages that were entered after this mark, until the journal's end."""
    marked = next(
        n for n, entry in enumerate(journal) if isinstance(entry.event, Marked) and entry.event.name == kind
    )
    return [entry for entry in journal[marked:] if isinstance(entry.event, StageEntered)]


@pytest.mark.parametrize("name", ["swarm", "native"])
def test_a_node_that_is_restarted_delays_the_release_and_costs_what_its_absence_costs(
    node: Engine, tmp_path: Path, name: str
) -> None:
    """Beside it the Swarm's own update of a service, without Shipway, in the same minute."""
    side = Side(name, node)

    async def story(stand: Stand) -> None:
        side.options(stand)["networks"] = [OVERLAY]
        await stand.ship_first("1.8.2")
        control = await asyncio.to_thread(native_control, stand, side)
        control.start()
        await stand.eventually(lambda: is_answered(control), "the control answers")
        load = stand.users(rate=20.0)
        await stand.submit("1.9.0", strategy=side.strategy)
        await stand.reached(1)
        await asyncio.to_thread(node.ask, "service", "update", "--detach", "--env-add", "DEBUG=1", "control")
        away_at = time.time()
        await asyncio.to_thread(node.stop)
        await stand.until(lambda state: bool(state.run and "unseen" in state.run.marks), "it is noticed")
        await stand.eventually(lambda: is_away(stand), "it is told")
        await stand.eventually(lambda: is_lost(control), "users of the control lose requests")
        assert not entered_since(await stand.journal(), "unseen")
        await asyncio.to_thread(node.start)
        await stand.eventually(lambda: is_answered(load), "users are served again")
        lost = [loss for loss in (await load.stop()).losses if loss.began_at < away_at]
        assert not lost and load.counts.lost_total
        assert (await control.stop()).lost_total

        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert side.count(stand) == 2 and not await stand.events(DriftSeen)
        assert len(await stand.events(RunStarted)) == 2
        later = stand.users(rate=60.0)
        await asyncio.sleep(2.0)
        assert set((await nothing_was_lost(later)).answered) == {"1.9.0"}

    side.told(tmp_path, story, **{**HALVES, **PATIENT, "rollback": {"window": "0s"}})


async def is_away(stand: Stand) -> bool:
    """Whether `shipway status` says so."""
    seen = stand.seen.observed if stand.seen else None
    return seen is not None and seen.unreachable == {"platform": "Docker does not answer"}


async def is_lost(load: Load) -> bool:
    """Whether users of a load lost requests by now."""
    return load.counts.lost_total > 0
