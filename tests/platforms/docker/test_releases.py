"""Releases of containers behind Envoy, under load: by each strategy, and taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.docker.shop import platform, shop
from shipway.demo.app.behaviour import BAD_VERSION

pytestmark = pytest.mark.real


def told(engine: Engine, folder: Path, story: Callable[[Stand], Awaitable[None]], **wish: object) -> None:
    """Play a story on a stand."""

    async def played() -> None:
        async with shop(engine, folder, **wish) as stand:
            await story(stand)

    asyncio.run(played())


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_loses_no_request(engine: Engine, tmp_path: Path, strategy: str) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy=strategy)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}

    told(engine, tmp_path, story)


def test_a_version_that_fails_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        stand.wish["platform"] = platform(engine, env={**_variables(stand), "CHECKOUT_FAIL_SHARE": "50%"})
        past = await stand.deploy(BAD_VERSION, strategy="canary")
        assert past.outcome == "rolled-back", past
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    told(engine, tmp_path, story, canary={"stages": ["50%", "100%"], "bake": "1m"})


def test_containers_swapped_without_a_drain_lose_requests(engine: Engine, tmp_path: Path) -> None:
    """The control: as a script would do it."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(rate=200.0), LongRequests(stand.port)
        for _ in range(2):
            for name in engine.named(stand.service):
                await asyncio.to_thread(engine.ask, "restart", "--time", "0", name)
        assert (await load.stop()).lost_total + sum(went is not None for went in await long.ended()) > 0

    told(engine, tmp_path, story)


def _variables(stand: Stand) -> dict[str, str]:
    found: dict[str, str] = stand.wish["platform"]["docker"]["env"]  # type: ignore[index]
    return found
