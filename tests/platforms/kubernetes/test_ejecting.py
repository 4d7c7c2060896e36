"""A service of pods is handed back: they serve on, and applying what was written down changes nothing."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, told
from shipway.cli.shell.ejecting import ejected

pytestmark = pytest.mark.real


def test_pods_that_are_handed_back_serve_on(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        await stand.ship("1.9.0")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        before = pods(made)
        load, long = stand.users(), LongRequests(stand.port)
        await stand.uncontrolled()
        found = await ejected(stand.home, stand.service, stand.folder / "ejected", does_it=True)
        assert found.is_done and found.proxy_process
        try:
            await nothing_was_lost(load, long)
            assert await version_at(stand.port) == "1.9.0"
            assert pods(made) == before, "none was made anew"
            await changes_nothing(made, stand.folder / "ejected" / "manifests.yaml")
            assert pods(made) == before
        finally:
            os.kill(found.proxy_process, signal.SIGKILL)
            psutil.Process(found.proxy_process).wait(10)

    told(cluster, tmp_path, story, rollback={"window": "0s"})


async def changes_nothing(made: Shop, path: Path) -> None:
    """What was written down is what is there, and nothing of Shipway's bookkeeping is left."""
    (deployment,) = made.kubectl("get", "deployments", "--output", "name").split()
    assert "1-9-0" in deployment, "the former version's is gone, and the user's was never made"
    assert "shipway.dev/" not in made.kubectl("get", deployment, "--output=jsonpath={.metadata.annotations}")
    assert "shipway-checkout" not in made.kubectl("get", "configmaps", "--output", "name")
    generation = made.kubectl("get", deployment, "--output=jsonpath={.metadata.generation}")
    await asyncio.to_thread(made.kubectl, "apply", "--server-side", "--force-conflicts", "-f", str(path))
    assert made.kubectl("get", deployment, "--output=jsonpath={.metadata.generation}") == generation


def pods(made: Shop) -> set[str]:
    return set(made.kubectl("get", "pods", "--output", "name", "--field-selector=status.phase=Running").split())
