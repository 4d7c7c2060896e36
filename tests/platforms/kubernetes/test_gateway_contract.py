"""HTTPRoutes, carried by a real Traefik, keep the contract of traffic."""

import uuid

import pytest

from contract.traffic import TrafficContract
from platforms.kubernetes import way_stand
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import Gateway, http_route
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.traffic.gateway_api import build
from shipway.ports.traffic import Traffic

pytestmark = pytest.mark.real


class OverAGateway:
    @pytest.fixture
    def opened(self, cluster: Cluster, gateway: Gateway, tmp_path):
        host = f"{uuid.uuid4().hex[:8]}.example"

        def built(namespace: str) -> Traffic:
            options = {
                "route": "checkout",
                "url": gateway.url,
                "preview": f"preview.{host}",
                "kubeconfig": str(cluster.kubeconfig),
                "namespace": namespace,
            }
            return build(options, Context(service="checkout", home=tmp_path, clock=WallClock(), health={}))

        return way_stand.opened(cluster, built, http_route(host))


class TestTraffic(OverAGateway, TrafficContract):
    copies = keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)
