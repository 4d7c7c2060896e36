"""A gateway of a mesh beside the cluster: a real Envoy that goes by the real objects of one namespace.

What it is told comes from `istiod` where that is asked for, and otherwise from `mesh_config`, which is strict, and
no Istio.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from platforms.kubernetes import crds, istiod, mesh_config
from platforms.kubernetes.carrying import Carrying, carrying
from platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.cluster import Cluster as Asked

KINDS = ("DestinationRule", "Gateway", "VirtualService")


@contextmanager
def defined(cluster: Cluster, folder: Path) -> Iterator[Cluster]:
    """With Istio's own definitions of what is used, and with istiod where it is there."""
    words = ["apply", "--server-side", "--force-conflicts", "-f", str(crds.only(crds.ISTIO, KINDS))]
    cluster.kubectl(*words)
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    with istiod.running(cluster, folder) if istiod.asked_for() else nullcontext():
        yield cluster


@contextmanager
def running(cluster: Cluster, namespace: str, folder: Path) -> Iterator[Carrying]:
    """Until the block ends. Raises what the plane did not understand."""
    if not istiod.asked_for():
        asked = Asked(kubeconfig=str(cluster.kubeconfig), namespace=namespace)
        with carrying(asked, folder, mesh_config.PLANE) as gateway:
            yield gateway
        return
    gateway = Carrying(folder)
    cluster.apply(istiod.gateway(namespace, gateway.port))
    try:
        gateway.start(istiod.bootstrap(namespace, gateway.admin_port))
        yield gateway
    finally:
        gateway.stop()


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
