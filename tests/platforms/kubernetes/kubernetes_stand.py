"""A namespace of a real cluster, with one service in it."""

import asyncio
import json
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from platforms.kubernetes.cluster import Cluster
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.kubernetes import build
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.model.fleet import Replica
from shipway.model.revision import Revision, RevisionId

APP = Path(__file__).parents[2] / "contract" / "replica_app.py"
APP_IMAGE = "shipway.test/replica:1"
PORT = 8000
Result = TypeVar("Result")


class KubernetesStand:
    """`close` deletes the namespace and does not wait for it."""

    tells_output = True

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.cluster, self.home = cluster, home
        self.service = "checkout"
        self.namespace = f"shop-{uuid.uuid4().hex[:6]}"
        cluster.kubectl("create", "namespace", self.namespace)

    def platform(self, *, service: str | None = None) -> KubernetesPlatform:
        context = Context(service=service or self.service, home=self.home, clock=WallClock(), health={})
        chosen = {"kubeconfig": str(self.cluster.kubeconfig), "namespace": self.namespace}
        return build(chosen, context)

    def revision(self, version: str, *, behaviour: str = "well", prepare: str = "none") -> Revision:
        platform = {
            "workload": deployment(behaviour, is_right=prepare != "fails"),
            "container": "app",
            "port": PORT,
        }
        id = RevisionId(f"{version}-7f3a91c2")
        return Revision(id=id, service=self.service, version=version, platform=platform)

    def prepared_times(self, revision: Revision) -> int:
        kept = self.cluster.read("configmap", f"shipway-{self.service}", "--namespace", self.namespace)["data"]
        times: int = json.loads(kept[revision.id])["times"]
        return times

    async def kill(self, replica: Replica) -> None:
        pod = await asyncio.to_thread(self.cluster.read, "pod", replica.id, "--namespace", self.namespace)
        (status,) = pod["status"]["containerStatuses"]
        await asyncio.to_thread(
            self.cluster.node.kill_container, status["containerID"].removeprefix("containerd://")
        )

    async def let_time_pass(self) -> None:
        await asyncio.sleep(0.1)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run(scenario)

    def close(self) -> None:
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")


def deployment(behaviour: str, *, is_right: bool = True) -> dict[str, Any]:
    """As a user would write it."""
    labels = {"app": "checkout"}
    container = {
        "name": "app",
        "image": APP_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-S", "/app.py", behaviour, "--port", str(PORT)],
        "env": [{"name": "HOST", "value": "0.0.0.0"}],
        "ports": [{"containerPort": PORT, "name": "http"}],
        "readinessProbe": _probe("/health/ready", failures=1),
        "livenessProbe": _probe("/health/alive", failures=10),
        "volumeMounts": [{"name": "app", "mountPath": "/app.py", "readOnly": True}],
    }
    if not is_right:
        container["env"].append({"name": "no-such-package=1", "value": "x"})  # type: ignore[attr-defined]
    pod = {
        "terminationGracePeriodSeconds": 2,
        "containers": [container],
        "volumes": [{"name": "app", "hostPath": {"path": str(APP), "type": "File"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout", "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _probe(path: str, *, failures: int) -> dict[str, Any]:
    asked = {"path": path, "port": PORT}
    return {"httpGet": asked, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": failures}
