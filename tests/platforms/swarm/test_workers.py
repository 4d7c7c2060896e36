"""`examples/worker` in a Swarm: jobs of a real queue are done once each, and the Swarm sees who hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acceptance.jobs import EXAMPLE, WORKERS, Producer
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.swarm.shop import shop
from platforms.swarm.swarm_stand import services

pytestmark = pytest.mark.real
COMMAND = (
    f"python3 -S {EXAMPLE / 'worker.py'} --version {{version}} --queue /queue/queue.db --job-seconds 0.05 "
    "--fails-every {version}"
)


def told(engine: Engine, folder: Path, story: Callable[[Stand], Awaitable[None]], **wish: object) -> None:
    """Play a story on a stand of workers that share a queue with the test."""

    async def played() -> None:
        async with shop(engine, folder, **{**WORKERS, "service": "mailer", "deadline": "10m", **wish}) as stand:
            swarm = stand.wish["platform"]["swarm"]  # type: ignore[index]
            swarm |= {"command": COMMAND, "replicas": 3, "heartbeat": {"within": "20s"}, "port": None}
            swarm["volumes"] += [f"{EXAMPLE}:{EXAMPLE}:ro", f"{stand.folder}:/queue"]
            await story(stand)

    asyncio.run(played())


def test_every_job_is_done_once_over_deploys(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        producer = Producer(stand)
        await stand.ship_first("0")
        for number, strategy in enumerate(("rolling", "blue-green"), start=1):
            await stand.ship(f"{10**6 + number}", strategy=strategy)
        assert await producer.lost_or_twice(stand) == 0
        assert len(producer.queue.versions()) == 3
        assert len(services(swarm, "mailer")) == 3

    told(swarm, tmp_path, story)


def test_one_whose_heart_stops_is_started_again_by_the_swarm(swarm: Engine, tmp_path: Path) -> None:
    """And a version that never beats takes no job over."""
    beats_once = "touch $SHIPWAY_HEARTBEAT; exec sleep 600"

    async def story(stand: Stand) -> None:
        options = stand.wish["platform"]["swarm"]  # type: ignore[index]
        options |= {"command": ["sh", "-c", beats_once], "heartbeat": {"within": "3s"}, "replicas": 1}
        await stand.ship_first("1.0.0")
        ports = await stand.shipway.assemble(stand.service)

        async def is_started_again() -> bool:
            return sum(replica.restarts for replica in (await ports.platform.observe()).replicas) > 0

        await stand.eventually(is_started_again, "the Swarm has started it again")
        options["command"] = ["sleep", "600"]
        stand.change(deadline="15s")
        past = await stand.deploy("1.1.0", strategy="blue-green")
        assert past.outcome == "rolled-back" and "its HEALTHCHECK has not answered yet" in past.reason, past
        await ports.platform.close()

    told(swarm, tmp_path, story)
