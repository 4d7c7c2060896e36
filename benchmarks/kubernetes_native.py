"""What a cluster does by itself: a Deployment that its controller updates, behind a Service, as people have it."""

import asyncio
import sys
import time
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.kubernetes_stand import APP_IMAGE
from platforms.kubernetes.shop import manifest
from platforms.kubernetes.ways import service

NAME, REPLICAS = "checkout", 2
COMMAND = "python3 -S -m shipway.demo.app.checkout --host 0.0.0.0 --port 8000 --version 1.0.0"


class NativeDeployment:
    """Two pods of the example shop, with a readiness probe, in a namespace of their own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._namespace = cluster, f"native-{uuid.uuid4().hex[:6]}"
        self._updates = 0

    async def serve(self) -> str:
        """The Service's address, once all pods are ready."""
        self._cluster.kubectl("create", "namespace", self._namespace)
        await asyncio.to_thread(self._apply)
        await self._rolled_out()
        found = self._cluster.read("service", NAME, "--namespace", self._namespace)
        return str(found["spec"]["clusterIP"])

    async def update(self) -> float:
        """Another template, and how long its pods took to be all there are."""
        began, self._updates = time.monotonic(), self._updates + 1
        words = ["set", "env", f"deployment/{NAME}", f"RELEASE={self._updates}"]
        await asyncio.to_thread(self._kubectl, *words)
        await self._rolled_out()
        return time.monotonic() - began

    def close(self) -> None:
        """It goes by itself."""
        self._cluster.kubectl("delete", "namespace", self._namespace, "--wait=false")

    def _apply(self) -> None:
        made = manifest({})
        made["spec"]["replicas"] = REPLICAS
        container: dict[str, Any] = made["spec"]["template"]["spec"]["containers"][0]
        container.update({"image": APP_IMAGE, "command": COMMAND.split()})
        asked = {"path": "/health/ready", "port": 8000}
        container["readinessProbe"] = {"httpGet": asked, "periodSeconds": 1}
        front = service(NAME)
        for each in (made, front):
            each["metadata"] |= {"namespace": self._namespace}
        self._cluster.apply(made, front)

    async def _rolled_out(self) -> None:
        await asyncio.to_thread(self._kubectl, "rollout", "status", f"deployment/{NAME}", "--timeout=90s")

    def _kubectl(self, *words: str) -> None:
        self._cluster.kubectl("--namespace", self._namespace, *words)
