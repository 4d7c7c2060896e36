"""Releases of pods behind Envoy, under load: by each strategy, and taken back."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, bad_version_goes_back, told

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
    stages = {"stages": ["50%", "100%"], "bake": "1m"}
    told(cluster, tmp_path, bad_version_goes_back, canary=stages)


def test_nothing_stays_in_the_cluster_of_versions_that_are_not_kept(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        for version in "1.0.0", "2.0.0", "3.0.0":
            await stand.ship(version)
            await stand.eventually(stand.is_at_rest, "only the new version has pods")
        chosen = f"shipway.dev/service={stand.service},shipway.dev/version"

        async def only(*versions: str) -> bool:
            found = made.read("deployments,configmaps", "--selector", chosen)["items"]
            return {one["metadata"]["labels"]["shipway.dev/version"] for one in found} == set(versions)

        await stand.eventually(lambda: only("2.0.0", "3.0.0"), "what a rollback returns to stays")
        await stand.ship("1.0.0")
        await stand.eventually(lambda: only("1.0.0", "3.0.0"), "one that is gone comes again")

    told(cluster, tmp_path, story, keep=1)
