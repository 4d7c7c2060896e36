"""A shop in the user's own workload, updated in place behind the user's own Service."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, manifest
from platforms.kubernetes.ways import behind_a_service, told

REPLICAS, STAYS_SECONDS = 3, 3
PAUSED = {"rolling": {"batches": 3, "pause": "4s"}, "rollback": {"window": "0s"}}
OF_THE_USER = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}
BY_NODES = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
PLACED = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
OF_KINDS: dict[str, dict[str, Any]] = {
    "Deployment": {"strategy": OF_THE_USER},
    "StatefulSet": {"updateStrategy": PLACED, "serviceName": "checkout"},
    "DaemonSet": {"updateStrategy": BY_NODES},
}


def written(made: Shop, kind: str = "Deployment", **variables: str) -> None:
    """A workload with a delay before its pods end: whoever goes by the Service may still send to them."""
    found = manifest(variables)
    found["kind"] = kind
    found["spec"] |= OF_KINDS[kind]
    (container,) = found["spec"]["template"]["spec"]["containers"]
    container["lifecycle"] = {"preStop": {"sleep": {"seconds": STAYS_SECONDS}}}
    (made.stand.folder / "deployment.yaml").write_text(yaml.safe_dump(found))


def played(
    cluster: Cluster,
    folder: Path,
    story: Callable[[Shop], Awaitable[None]],
    *,
    kind: str = "Deployment",
    way: Callable[..., AbstractAsyncContextManager[Shop]] = behind_a_service,
    **wish: object,
) -> None:
    """Play a story in such a shop, whose first version serves. Nodes say how many pods a DaemonSet has."""

    async def begun(made: Shop) -> None:
        options: Any = made.stand.wish["platform"]
        options["kubernetes"] |= {"update": {"kind": kind}, "replicas": REPLICAS}
        if kind == "DaemonSet":
            del options["kubernetes"]["replicas"]
        written(made, kind)
        await made.stand.ship_first("1.8.2")
        await story(made)

    told(way(cluster, folder, **{**PAUSED, **wish}), begun)


def pods(made: Shop, version: str) -> set[str]:
    """Names of those that run; one that has ended is listed until the kubelet has cleared up."""
    chosen = (f"--selector=shipway.dev/version={version}", "--field-selector=status.phase=Running")
    return set(made.kubectl("get", "pods", *chosen, "--output", "name").split())
