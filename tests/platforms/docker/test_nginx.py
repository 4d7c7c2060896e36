"""Releases of containers behind nginx, under load: by each strategy, and taken back."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from contract.nginx_stand import needs_nginx
from platforms.docker.engine import Engine
from platforms.docker.test_releases import told
from shipway.demo.app.behaviour import BAD_VERSION

pytestmark = [pytest.mark.real, needs_nginx]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_behind_nginx_loses_no_request(engine: Engine, tmp_path: Path, strategy: str) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy=strategy)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}

    told(engine, tmp_path, story, traffic={"nginx": {}})


def test_a_version_that_fails_behind_nginx_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        docker = stand.wish["platform"]["docker"]  # type: ignore[index]
        docker["env"] = {**docker["env"], "CHECKOUT_FAIL_SHARE": "50%"}
        past = await stand.deploy(BAD_VERSION, strategy="canary")
        assert past.outcome == "rolled-back", past
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    told(engine, tmp_path, story, traffic={"nginx": {}}, canary={"stages": ["50%", "100%"], "bake": "1m"})
