"""HTTPRoutes, carried by a real Traefik, and by a real Envoy that copies, keep the contract of traffic."""

import tempfile
import uuid
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from contract.traffic import TrafficContract
from platforms.kubernetes import envoy_gateway, way_stand
from platforms.kubernetes.carrying import Carrying
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import Gateway, http_route
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.traffic.gateway_api import build
from shipway.ports.traffic import Traffic

pytestmark = pytest.mark.real


def built(cluster: Cluster, namespace: str, *, url: str, host: str, home: Path) -> Traffic:
    options = {
        "route": "checkout",
        "url": url,
        "preview": f"preview.{host}",
        "kubeconfig": str(cluster.kubeconfig),
        "namespace": namespace,
    }
    return build(options, Context(service="checkout", home=home, clock=WallClock(), health={}))


class OverAGateway:
    @pytest.fixture
    def opened(self, cluster: Cluster, gateway: Gateway, tmp_path: Path):
        host = f"{uuid.uuid4().hex[:8]}.example"

        def made(namespace: str) -> Traffic:
            return built(cluster, namespace, url=gateway.url, host=host, home=tmp_path)

        return way_stand.opened(cluster, made, http_route(host))


class TestTraffic(OverAGateway, TrafficContract):
    copies = keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)


class OverACopyingGateway:
    @pytest.fixture
    def opened(self, routed: Cluster, tmp_path: Path):
        host = "shop.example"

        def made(namespace: str, url: str) -> Traffic:
            return built(routed, namespace, url=url, host=host, home=tmp_path)

        def running(namespace: str) -> AbstractContextManager[Carrying]:
            return envoy_gateway.running(routed, namespace, Path(tempfile.mkdtemp(dir=tmp_path)))

        return way_stand.carried(routed, made, running, http_route(host, parent=envoy_gateway.PARENT))


class TestCopyingTraffic(OverACopyingGateway, TrafficContract):
    keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)
