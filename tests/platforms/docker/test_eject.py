"""`shipway eject` under load: containers and a proxy of nobody's serve on, and no request is lost on the way."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest
import yaml

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.docker.shop import shop
from shipway.cli.render.ejection import Ejection
from shipway.cli.shell.ejecting import NotEjectable, ejected
from shipway.errors import PortError

pytestmark = pytest.mark.real


async def handed_back(stand: Stand) -> Ejection:
    """The controller of this process ends first, as that of the supervisor would."""
    await stand.uncontrolled()
    return await ejected(stand.home, stand.service, stand.folder / "ejected", does_it=True)


def test_a_service_that_is_handed_back_serves_on_and_loses_no_request(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        before = set(engine.named(stand.service))
        found = await handed_back(stand)
        assert found.is_done and found.proxy_process
        try:
            assert not await stand.supervisor.is_running()
            await nothing_was_lost(load, long)
            later = stand.users()
            await asyncio.sleep(1.0)
            await nothing_was_lost(later)
            assert await version_at(stand.port) == "1.8.2"
            assert set(engine.named(stand.service)) == before
            with pytest.raises(PortError, match="handed back"):
                await stand.supervisor.ensure()
            again = yaml.safe_load((stand.folder / "ejected" / "compose.yaml").read_text())
            assert {one["container_name"] for one in again["services"].values()} == before
        finally:
            os.kill(found.proxy_process, signal.SIGKILL)
            psutil.Process(found.proxy_process).wait(10)

    async def played() -> None:
        async with shop(engine, tmp_path) as stand:
            await story(stand)

    asyncio.run(played())


def test_a_release_under_way_is_not_handed_back(engine: Engine, tmp_path: Path) -> None:
    async def played() -> None:
        async with shop(engine, tmp_path, canary={"stages": ["50%", "100%"], "bake": "10m"}) as stand:
            await stand.ship_first("1.8.2")
            await stand.submit("1.9.0", strategy="canary")
            await stand.reached(1)
            with pytest.raises(NotEjectable) as caught:
                await handed_back(stand)
            assert caught.value.why == "A release is under way."
            assert not (stand.folder / "ejected").exists() and await stand.supervisor.is_running()

    asyncio.run(played())
