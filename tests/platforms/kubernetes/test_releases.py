"""Releases of pods behind Envoy, under load: by each strategy, and taken back."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, told
from shipway.demo.app.behaviour import BAD_VERSION

pytestmark = pytest.mark.real


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_loses_no_request(cluster: Cluster, tmp_path: Path, strategy: str) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        await stand.ship("1.9.0", strategy=strategy)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}

    told(cluster, tmp_path, story)


def test_a_version_that_fails_is_taken_back(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        made.environment(CHECKOUT_FAIL_SHARE="50%")
        past = await stand.deploy(BAD_VERSION, strategy="canary")
        assert past.outcome == "rolled-back", past
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    told(cluster, tmp_path, story, canary={"stages": ["50%", "100%"], "bake": "1m"})
