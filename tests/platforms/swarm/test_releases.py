"""Releases of services of a Swarm behind Envoy, under load: by each strategy, and taken back."""

import asyncio
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.swarm.shop import platform, told
from platforms.swarm.swarm_stand import services
from shipway.demo.app.behaviour import BAD_VERSION

pytestmark = pytest.mark.real


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_loses_no_request(swarm: Engine, tmp_path: Path, strategy: str) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy=strategy)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        assert len(services(swarm, f"{stand.service}-1-9-0")) == 2 == len(services(swarm, stand.service))

    told(swarm, tmp_path, story)


def test_a_version_that_fails_is_taken_back(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        variables = stand.wish["platform"]["swarm"]["env"]  # type: ignore[index]
        stand.wish["platform"] = platform(swarm, env={**variables, "CHECKOUT_FAIL_SHARE": "50%"})
        past = await stand.deploy(BAD_VERSION, strategy="canary")
        assert past.outcome == "rolled-back", past
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    told(swarm, tmp_path, story, canary={"stages": ["50%", "100%"], "bake": "1m"})


def test_services_that_are_updated_without_a_drain_lose_requests(swarm: Engine, tmp_path: Path) -> None:
    """The control: as a script would do it."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(rate=200.0), LongRequests(stand.port)
        for name in services(swarm, stand.service):
            await asyncio.to_thread(swarm.ask, "service", "update", "--force", "--stop-grace-period", "1s", name)
        assert (await load.stop()).lost_total + sum(went is not None for went in await long.ended()) > 0

    told(swarm, tmp_path, story)
