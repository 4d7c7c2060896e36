"""Each version's own autoscaler, by the cluster's real controller: with no metrics it keeps to its bounds."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, manifest, told

pytestmark = pytest.mark.real
LEAST, GROWN, MOST = 2, 4, 6


def autoscaler() -> dict[str, Any]:
    """As a user writes it."""
    target = {"type": "Utilization", "averageUtilization": 70}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "checkout"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"},
            "minReplicas": LEAST,
            "maxReplicas": MOST,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def bounds(made: Shop, name: str) -> tuple[int, int]:
    spec = made.read("horizontalpodautoscaler", name)["spec"]
    return spec["minReplicas"], spec["maxReplicas"]


def test_the_next_version_has_what_the_autoscaler_made_of_this_one(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        (stand.folder / "deployment.yaml").write_text(yaml.safe_dump_all([manifest({}), autoscaler()]))
        await stand.ship_first("1.8.2")
        old = await made.deployment_of("1.8.2")
        assert await asyncio.to_thread(bounds, made, old) == (LEAST, MOST)
        more = f'{{"spec": {{"minReplicas": {GROWN}}}}}'
        await asyncio.to_thread(made.kubectl, "patch", "horizontalpodautoscaler", old, "--patch", more)
        await stand.until(lambda state: state.replicas == GROWN, "the service follows it")
        assert [entry.event.by for entry in await stand.journal() if type(entry.event).__name__ == "Resized"] == [
            f"autoscaler {old}"
        ]
        load = stand.users()
        await stand.ship("1.9.0", strategy="canary")
        await nothing_was_lost(load)
        new = await made.deployment_of("1.9.0")
        found = await asyncio.to_thread(made.read, "deployment", new)
        assert found["spec"]["replicas"] == found["status"]["readyReplicas"] == GROWN
        assert await asyncio.to_thread(bounds, made, new) == (LEAST, MOST)

    told(cluster, tmp_path, story)
