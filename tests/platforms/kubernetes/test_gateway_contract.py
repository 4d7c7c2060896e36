"""HTTPRoutes, carried by a real Traefik, and by a real Envoy that copies, keep the contract of traffic."""

import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.traffic import TrafficContract
from platforms.kubernetes import envoy_gateway, way_stand
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
        urls: dict[str, str] = {}

        def made(namespace: str) -> Traffic:
            url = urls.get(namespace, "http://127.0.0.1:1")
            return built(routed, namespace, url=url, host=host, home=tmp_path)

        written = http_route(host, parent=envoy_gateway.PARENT)
        opened = way_stand.opened(routed, made, written)

        @asynccontextmanager
        async def carried() -> AsyncIterator[way_stand.PodsGround]:
            async with opened() as ground:
                folder = Path(tempfile.mkdtemp(dir=tmp_path))
                with envoy_gateway.running(routed, ground.namespace, folder) as gateway:
                    urls[ground.namespace] = gateway.url
                    ground.traffic = ground.again()
                    yield ground

        return carried


class TestCopyingTraffic(OverACopyingGateway, TrafficContract):
    keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)
