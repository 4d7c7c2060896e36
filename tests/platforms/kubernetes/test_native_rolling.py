"""`kubectl apply` under load: a Deployment as it was written loses requests, and as it is told to be none."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.kubernetes_stand import APP_IMAGE
from platforms.kubernetes.shell import Shell
from platforms.kubernetes.shop import manifest
from shipway.demo.load import Counts, Load
from unit.manifests.test_hazards import found, rewritten

pytestmark = pytest.mark.real
REPLICAS, PATCHES_ROUNDS, ROLLOUTS_MAX = 2, 3, 5
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "checkout"},
    "spec": {"selector": {"app": "checkout"}, "ports": [{"port": 80, "targetPort": 8000}]},
}


def test_as_it_was_written_it_loses_requests_and_as_it_is_told_to_be_none(
    cluster: Cluster, tmp_path: Path
) -> None:
    shell = Shell(cluster, tmp_path)
    try:
        applied(shell, as_written(), 0)
        losses = 0
        for number in range(1, ROLLOUTS_MAX + 1):
            losses += len(asyncio.run(rolled(shell, as_written(), number)).lost)
            if losses:
                break
        assert losses, "or the zero below proves nothing"
        applied(shell, as_told(), 0)
        asyncio.run(rolled(shell, as_told(), 1, is_lossless=True))
    finally:
        shell.close()


def as_written() -> str:
    """Two replicas, no probe, no delay."""
    deployment = manifest({"SHIPWAY_VERSION": "1.0.0"})
    deployment["spec"]["replicas"] = REPLICAS
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["image"] = APP_IMAGE
    return str(yaml.safe_dump_all([deployment, SERVICE]))


def as_told() -> str:
    """With every patch that `shipway check` prints."""
    written = as_written()
    for _ in range(PATCHES_ROUNDS):
        for one in found(written):
            for patch in one.found.rewrites:
                written = rewritten(written, patch)
    assert not any(one.is_hazard for one in found(written))
    return written


async def rolled(shell: Shell, text: str, number: int, *, is_lossless: bool = False) -> Counts:
    """One rollout under load, through the Service's cluster address."""
    address = shell.cluster.read("service", "checkout", "-n", shell.namespace)["spec"]["clusterIP"]
    load = Load(address, 80, rate=60.0, connections=6)
    load.start()
    await asyncio.sleep(1.0)
    await asyncio.to_thread(applied, shell, text, number)
    await asyncio.sleep(2.0)
    return await nothing_was_lost(load) if is_lossless else await load.stop()


def applied(shell: Shell, text: str, number: int) -> None:
    """And wait until it is rolled out; another number is another version of the pods."""
    objects: list[dict[str, Any]] = list(yaml.safe_load_all(text))
    for one in objects:
        if one["kind"] == "Deployment":
            one["spec"]["template"]["metadata"]["annotations"] = {"number": f"{number}"}
    (shell.folder / "all.yaml").write_text(yaml.safe_dump_all(objects))
    shell.runs("kubectl apply -f all.yaml")
    shell.runs("kubectl rollout status deployment/checkout --timeout=110s")
