"""`examples/worker` in containers: jobs of a real queue are done once each, whatever is deployed meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acceptance.jobs import EXAMPLE, WORKERS, Producer
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.docker.shop import shop
from shipway.model.event import WentBack

pytestmark = pytest.mark.real
COMMAND = (
    f"python3 -S {EXAMPLE / 'worker.py'} --version {{version}} --queue /queue/queue.db --job-seconds 0.05 "
    "--fails-every {version}"
)


def told(engine: Engine, folder: Path, story: Callable[[Stand], Awaitable[None]], **wish: object) -> None:
    """Play a story on a stand of workers that share a queue with the test."""

    async def played() -> None:
        async with shop(engine, folder, **{**WORKERS, "service": "mailer", **wish}) as stand:
            docker = stand.wish["platform"]["docker"]  # type: ignore[index]
            docker |= {"command": COMMAND, "replicas": 3, "heartbeat": {"within": "20s"}, "port": None}
            docker["volumes"] += [f"{EXAMPLE}:{EXAMPLE}:ro", f"{stand.folder}:/queue"]
            await story(stand)

    asyncio.run(played())


def test_every_job_is_done_once_over_deploys_by_each_strategy(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        producer = Producer(stand)
        await stand.ship_first("0")
        for number, strategy in enumerate(("rolling", "blue-green", "canary"), start=1):
            await stand.ship(f"{10**6 + number}", strategy=strategy)
        assert await producer.lost_or_twice(stand) == 0
        assert len(producer.queue.versions()) == 4

    told(engine, tmp_path, story)


def test_workers_that_fail_their_jobs_are_taken_back_by_the_guard(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        producer = Producer(stand)
        await stand.ship_first("0")
        past = await stand.deploy("2", strategy="canary")
        assert past.outcome == "rolled-back"
        (back,) = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
        assert back.rule == "critical", back
        assert await producer.lost_or_twice(stand) == 0

    told(engine, tmp_path, story, canary={"stages": ["30%", "100%"], "bake": "10m"})
