"""A gateway of one namespace that copies requests, and whose class says so: a real Envoy, by `route_config`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platforms.kubernetes import route_config
from platforms.kubernetes.carrying import Carrying, carrying
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import made
from shipway.adapters.platforms.kubernetes.cluster import Cluster as Asked

NAME, CLASS, CONTROLLER = "envoy", "shipway-test-envoy", "shipway.test/envoy"
FEATURES = (
    "Gateway",
    "HTTPRoute",
    "HTTPRouteMethodMatching",
    "HTTPRouteRequestMirror",
    "HTTPRouteRequestPercentageMirror",
)
PARENT = {"name": NAME}


@contextmanager
def running(cluster: Cluster, namespace: str, folder: Path) -> Iterator[Carrying]:
    """Until the block ends. Raises what it did not understand."""
    _declare(cluster, namespace)
    asked = Asked(kubeconfig=str(cluster.kubeconfig), namespace=namespace)
    with carrying(asked, folder, route_config.of_gateway(NAME)) as gateway:
        yield gateway


def _declare(cluster: Cluster, namespace: str) -> None:
    """What it is, in the API server, and what it supports."""
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    spec: dict[str, Any] = {"gatewayClassName": CLASS, "listeners": [listener]}
    cluster.apply(
        made("GatewayClass", {"name": CLASS}, {"controllerName": CONTROLLER}),
        made("Gateway", {"name": NAME, "namespace": namespace}, spec),
    )
    status = json.dumps({"status": {"supportedFeatures": [{"name": name} for name in FEATURES]}})
    cluster.kubectl("patch", "gatewayclass", CLASS, "--subresource=status", "--type=merge", "--patch", status)
