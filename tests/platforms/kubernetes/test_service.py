"""Releases of pods behind a Service of the user's, under load: its selector moves, and no request is lost."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop
from platforms.kubernetes.ways import SERVICE, behind_a_service, told

pytestmark = pytest.mark.real

CANARY = {"stages": ["50%", "100%"], "bake": "2s", "sticky": None}


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "rolling"])
def test_a_release_loses_no_request(cluster: Cluster, tmp_path: Path, strategy: str) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port, host=stand.host)
        await stand.submit("1.9.0", strategy=strategy)
        await stand.reached(1)
        others = stand.users()  # a Service divides connections: those that are open stay where they are
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(others)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        selector = made.read("service", SERVICE)["spec"]["selector"]
        assert selector["shipway.dev/revision"].startswith("1.9.0-")

    told(behind_a_service(cluster, tmp_path, canary=CANARY), story)
