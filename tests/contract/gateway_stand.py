"""An HTTPRoute in an API server in memory, and a real Envoy that goes by it.

The gateway between them is small and strict: `platforms.kubernetes.route_config`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contract.pods_in_memory import OWNER, Pods, ServingCluster
from platforms.kubernetes import gateway, route_config
from platforms.kubernetes.carrying import Carrying, carrying
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes.kinds import HTTP_ROUTE
from shipway.adapters.traffic._options import HealthCheck
from shipway.adapters.traffic.gateway_api.adapter import GatewayTraffic
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from tests.real.ports import free_ports


class GatewayStand:
    """A `Carrier` over an Envoy that follows the routes."""

    preview_address = ""

    def __init__(self, cluster: ServingCluster, envoy: Carrying, port: int) -> None:
        self.cluster, self._url = cluster, envoy.url
        self.address = f"127.0.0.1:{envoy.port}"
        cluster.put(HTTP_ROUTE, gateway.http_route())
        self.backends = Pods(cluster, port)
        self.traffic = self.again()

    def again(self) -> GatewayTraffic:
        options = GatewayOptions(
            route="checkout", url=self._url, preview="preview.example", health=HealthCheck(path="/health")
        )
        view = ServingCluster(self.cluster.there)
        return GatewayTraffic(options, service=OWNER, cluster=view, clock=WallClock())

    async def pass_time(self) -> None:
        await asyncio.sleep(0.05)


@asynccontextmanager
async def open_gateway(folder: Path) -> AsyncIterator[GatewayStand]:
    """Everything that was started ends with the block."""
    folder.mkdir()
    cluster, (port,) = ServingCluster(), free_ports(1)
    with carrying(cluster, folder, route_config.of_gateway(gateway.NAME)) as envoy:
        stand = GatewayStand(cluster, envoy, port)
        try:
            yield stand
        finally:
            for backend in stand.backends.all:
                await backend.stop()
