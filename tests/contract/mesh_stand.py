"""A VirtualService and a DestinationRule in an API server in memory, and a real Envoy that goes by them.

The plane between them is strict and no Istio: `platforms.kubernetes.mesh_config`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contract.pods_in_memory import OWNER, Pods, ServingCluster
from platforms.kubernetes import mesh_config
from platforms.kubernetes.carrying import Carrying, carrying
from platforms.kubernetes.mesh import destination_rule, virtual_service
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.kinds import DESTINATION_RULE, SERVICE, VIRTUAL_SERVICE
from shipway.adapters.traffic._options import HealthCheck
from shipway.adapters.traffic.istio.adapter import IstioTraffic
from shipway.adapters.traffic.istio.options import IstioOptions
from tests.real.ports import free_ports


class MeshStand:
    """A `Carrier` over an Envoy that follows the objects."""

    preview_address = ""

    def __init__(self, cluster: ServingCluster, envoy: Carrying, port: int) -> None:
        self.cluster, self._url = cluster, envoy.url
        self.address = f"127.0.0.1:{envoy.port}"
        spec = {"selector": {marks.SERVICE: OWNER}, "ports": [{"port": 80, "targetPort": port}]}
        cluster.put(SERVICE, {"metadata": {"name": "checkout"}, "spec": spec})
        cluster.put(VIRTUAL_SERVICE, virtual_service())
        cluster.put(DESTINATION_RULE, destination_rule())
        self.backends = Pods(cluster, port)
        self.traffic = self.again()

    def again(self) -> IstioTraffic:
        options = IstioOptions(
            virtual_service="checkout",
            destination_rule="checkout",
            url=self._url,
            preview="preview.example",
            health=HealthCheck(path="/health"),
        )
        view = ServingCluster(self.cluster.there)
        return IstioTraffic(options, service=OWNER, cluster=view, clock=WallClock())

    async def pass_time(self) -> None:
        await asyncio.sleep(0.05)


@asynccontextmanager
async def open_mesh(folder: Path) -> AsyncIterator[MeshStand]:
    """Everything that was started ends with the block."""
    folder.mkdir()
    cluster, (port,) = ServingCluster(), free_ports(1)
    with carrying(cluster, folder, mesh_config.PLANE) as envoy:
        stand = MeshStand(cluster, envoy, port)
        try:
            yield stand
        finally:
            for backend in stand.backends.all:
                await backend.stop()
