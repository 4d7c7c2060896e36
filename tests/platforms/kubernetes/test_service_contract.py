"""A Service keeps the contract of traffic, and promises of its own."""

import pytest

from contract.traffic import TrafficContract
from platforms.kubernetes import way_stand
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.ways import SERVICE, service
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.traffic.service import build
from shipway.ports.traffic import Traffic

pytestmark = pytest.mark.real


class OverAService:
    @pytest.fixture
    def opened(self, cluster: Cluster, tmp_path):
        def built(namespace: str) -> Traffic:
            options = {
                "name": SERVICE,
                "preview": "checkout-preview",
                "kubeconfig": str(cluster.kubeconfig),
                "namespace": namespace,
            }
            return build(options, Context(service="checkout", home=tmp_path, clock=WallClock(), health={}))

        return way_stand.opened(cluster, built, service())


class TestTraffic(OverAService, TrafficContract):
    copies = tells_users_apart = keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)
