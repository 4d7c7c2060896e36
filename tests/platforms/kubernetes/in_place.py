"""A shop in the user's own workload, updated in place behind the user's own Service."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, manifest
from platforms.kubernetes.ways import behind_a_service, told

REPLICAS, STAYS_SECONDS = 3, 3
PAUSED = {"rolling": {"batches": 3, "pause": "4s"}, "rollback": {"window": "0s"}}
OF_THE_USER = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}
PLACED = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


def written(made: Shop, kind: str = "Deployment", **variables: str) -> None:
    """A workload with a delay before its pods end: whoever goes by the Service may still send to them."""
    found = manifest(variables)
    found["kind"] = kind
    found["spec"] |= {"strategy": OF_THE_USER} if kind == "Deployment" else {"updateStrategy": PLACED}
    found["spec"] |= {"serviceName": "checkout"} if kind == "StatefulSet" else {}
    (container,) = found["spec"]["template"]["spec"]["containers"]
    container["lifecycle"] = {"preStop": {"sleep": {"seconds": STAYS_SECONDS}}}
    (made.stand.folder / "deployment.yaml").write_text(yaml.safe_dump(found))


def played(
    cluster: Cluster,
    folder: Path,
    story: Callable[[Shop], Awaitable[None]],
    *,
    kind: str = "Deployment",
    **wish: object,
) -> None:
    """Play a story in such a shop, whose first version serves."""

    async def begun(made: Shop) -> None:
        options: Any = made.stand.wish["platform"]
        options["kubernetes"] |= {"update": {"kind": kind}, "replicas": REPLICAS}
        written(made, kind)
        await made.stand.ship_first("1.8.2")
        await story(made)

    told(behind_a_service(cluster, folder, **{**PAUSED, **wish}), begun)


def pods(made: Shop, version: str) -> set[str]:
    """Names of those that run; one that has ended is listed until the kubelet has cleared up."""
    chosen = (f"--selector=shipway.dev/version={version}", "--field-selector=status.phase=Running")
    return set(made.kubectl("get", "pods", *chosen, "--output", "name").split())
