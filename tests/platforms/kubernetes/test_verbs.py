"""Verbs on a service of pods: its candidate is reached, what it uses is shown."""

import asyncio
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, told
from shipway.cli.shell.forwarding import forwarded

pytestmark = pytest.mark.real
METRICS: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "pods.metrics.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "unapproved, stands for metrics-server"},
    },
    "spec": {
        "group": "metrics.k8s.io",
        "names": {"plural": "pods", "kind": "PodMetrics"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
        return bytes(answer.read())


def test_a_port_of_this_machine_leads_to_a_replica(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        await made.stand.ship_first("1.8.2")
        port = free_port()
        leading = asyncio.create_task(forwarded(made.stand.home, made.stand.service, None, port))

        async def answers() -> bool:
            try:
                return bool(await asyncio.to_thread(asked, port))
            except OSError:
                return False

        await made.stand.eventually(answers, "the replica answers through the API server")
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)

    told(cluster, tmp_path, story)


def test_what_pods_use_is_what_the_cluster_s_metrics_say(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        await made.stand.ship_first("1.8.2")
        cluster.apply(METRICS)
        cluster.kubectl("wait", "--for=condition=established", "crd/pods.metrics.k8s.io", "--timeout=60s")
        pods = cluster.read("pods", "--namespace", made.namespace, "--selector=shipway.dev/service")["items"]
        cluster.apply(*(measured(pod) for pod in pods))
        platform = (await made.stand.shipway.assemble(made.stand.service)).platform
        platform._usages._tried_at = None

        async def is_seen() -> bool:
            return any(usage.memory_bytes == 64 * 2**20 for usage in (await platform.observe()).usage.values())

        await made.stand.eventually(is_seen, "its memory is seen")
        cluster.kubectl("delete", "crd", "pods.metrics.k8s.io")

    told(cluster, tmp_path, story)


def measured(pod: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: pod["metadata"][key] for key in ("name", "namespace", "labels")}
    used = [{"name": "app", "usage": {"cpu": "250m", "memory": "64Mi"}}]
    made: dict[str, Any] = {"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "metadata": metadata}
    return yaml.safe_load(yaml.safe_dump({**made, "containers": used}))  # type: ignore[no-any-return]
