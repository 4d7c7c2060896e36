"""A gateway of a mesh beside the cluster: a real Envoy that goes by the real objects of one namespace.

What it is told comes from `istiod` where that is asked for, and otherwise from `following`, which is strict and no
Istio.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from platforms.kubernetes import crds, istiod
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.following import Following
from shipway.adapters.platforms.kubernetes.cluster import Cluster as Asked
from shipway.adapters.traffic.envoy.program import binary
from tests.real.ports import free_ports

KINDS = ("DestinationRule", "Gateway", "VirtualService")


@contextmanager
def defined(cluster: Cluster, folder: Path) -> Iterator[Cluster]:
    """With Istio's own definitions of what is used, and with istiod where it is there."""
    words = ["apply", "--server-side", "--force-conflicts", "-f", str(crds.only(crds.ISTIO, KINDS))]
    cluster.kubectl(*words)
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    with istiod.running(cluster, folder) if istiod.asked_for() else nullcontext():
        yield cluster


class Mesh:
    """One that runs."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self._cluster, self._namespace, self._folder = cluster, namespace, folder
        self.port, self._admin_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._following: Following | None = None

    def start(self) -> None:
        (self._folder / "envoy.json").write_text(json.dumps(self._bootstrap()))
        words = [str(binary()), "-c", str(self._folder / "envoy.json"), "--concurrency", "1"]
        words += ["--use-dynamic-base-id", "--log-level", "warn"]
        with (self._folder / "envoy.log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)

    def _bootstrap(self) -> dict[str, Any]:
        if istiod.asked_for():
            self._cluster.apply(istiod.gateway(self._namespace, self.port))
            return istiod.bootstrap(self._namespace, self._admin_port)
        asked = Asked(kubeconfig=str(self._cluster.kubeconfig), namespace=self._namespace)
        self._following = Following(asked, self._folder)
        return self._following.bootstrap(self.port, self._admin_port)

    def stop(self) -> None:
        """Raises what the plane did not understand."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=15)
        if self._following is not None:
            self._following.stop()


@contextmanager
def running(cluster: Cluster, namespace: str, folder: Path) -> Iterator[Mesh]:
    """It ends with the block."""
    mesh = Mesh(cluster, namespace, folder)
    try:
        mesh.start()
        yield mesh
    finally:
        mesh.stop()


def virtual_service(host: str = "*", *, name: str = "checkout") -> dict[str, Any]:
    """As a user writes it."""
    sent = {"destination": {"host": "checkout", "subset": "v1"}}
    spec = {"hosts": [host], "gateways": ["web"], "http": [{"timeout": "20s", "route": [sent]}]}
    return _made("VirtualService", {"name": name, "labels": {"team": "shop"}}, spec)


def destination_rule(*, name: str = "checkout") -> dict[str, Any]:
    """Of a Service whose pods are all of one subset so far."""
    spec = {"host": "checkout", "subsets": [{"name": "v1", "labels": {"app": "checkout"}}]}
    return _made("DestinationRule", {"name": name}, spec)


def _made(kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
