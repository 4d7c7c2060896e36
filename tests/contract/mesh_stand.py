"""A VirtualService and a DestinationRule in an API server in memory, and a real Envoy that goes by them.

The plane between them is strict and no Istio: `platforms.kubernetes.mesh_config`.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from contract.backends import Backend, Backends
from contract.memory_cluster import MemoryCluster
from contract.traffic import A, B
from platforms.kubernetes.following import Following
from platforms.kubernetes.mesh import destination_rule, virtual_service
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.kinds import (
    CONFIG_MAP,
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    POD,
    VIRTUAL_SERVICE,
)
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.adapters.traffic._options import HealthCheck
from shipway.adapters.traffic.envoy.program import binary
from shipway.adapters.traffic.istio.adapter import IstioTraffic
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.model.fleet import Preparation
from tests.real.ports import free_ports

OWNER = "checkout"


class Pods(Backends):
    """Replicas at addresses of their own, as pods that the API server tells."""

    def __init__(self, cluster: MemoryCluster, port: int) -> None:
        super().__init__()
        self._cluster, self._port = cluster, port

    async def start(self, revision: str, **named: object) -> Backend:
        number = len(self.all) + 1
        backend = Backend(revision, **named)  # type: ignore[arg-type]
        self.all.append(await backend.start(self._port, f"127.77.0.{number}"))
        labels = {marks.SERVICE: OWNER, marks.REVISION: marks.label_of(revision), marks.REQUESTS: marks.YES}
        metadata = {
            "name": f"pod-{number}",
            "labels": labels,
            "creationTimestamp": f"2026-01-01T00:00:{number:02}Z",
        }
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        status = {"phase": "Running", "podIP": f"127.77.0.{number}", "conditions": [ready]}
        self._cluster.put(POD, {"metadata": metadata, "spec": {}, "status": status})
        self._cluster.put(ENDPOINT_SLICE, self._slice())
        return backend

    def _slice(self) -> dict[str, object]:
        endpoints = [
            {
                "addresses": [f"127.77.0.{number}"],
                "conditions": {"ready": True},
                "targetRef": {"name": f"pod-{number}"},
            }
            for number in range(1, len(self.all) + 1)
        ]
        metadata = {"name": "checkout", "labels": {"kubernetes.io/service-name": "checkout"}}
        return {"metadata": metadata, "ports": [{"port": self._port}], "endpoints": endpoints}


class MeshStand:
    """A `Carrier` over an Envoy that follows the objects."""

    preview_address = ""

    def __init__(self, folder: Path) -> None:
        self.port, self.admin_port, at = free_ports(3)
        self.address, self.folder = f"127.0.0.1:{self.port}", folder
        self.cluster = MemoryCluster()
        kept = {
            id: Prepared(revision=id, generation=1, state=Preparation.DONE, begun_at=0.0, port=at) for id in (A, B)
        }
        data = {marks.label_of(id): msgspec.json.encode(one).decode() for id, one in kept.items()}
        self.cluster.put(CONFIG_MAP, {"metadata": {"name": f"shipway-{OWNER}"}, "data": data})
        self.cluster.put(VIRTUAL_SERVICE, virtual_service())
        self.cluster.put(DESTINATION_RULE, destination_rule())
        self.backends = Pods(self.cluster, at)
        self.traffic = self.again()

    def again(self) -> IstioTraffic:
        view = MemoryCluster(self.cluster.there)
        options = IstioOptions(
            virtual_service="checkout",
            destination_rule="checkout",
            url=f"http://{self.address}",
            preview="preview.example",
            health=HealthCheck(path="/health"),
        )
        return IstioTraffic(options, service=OWNER, cluster=view, clock=WallClock())

    async def pass_time(self) -> None:
        await asyncio.sleep(0.05)


def _envoy(folder: Path, bootstrap: str) -> "subprocess.Popen[bytes]":
    (folder / "envoy.json").write_text(bootstrap)
    words = [str(binary()), "-c", str(folder / "envoy.json"), "--concurrency", "1", "--use-dynamic-base-id"]
    with (folder / "envoy.log").open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log)


@asynccontextmanager
async def open_mesh(folder: Path) -> AsyncIterator[MeshStand]:
    """Everything that was started ends with the block."""
    folder.mkdir()
    stand = MeshStand(folder)
    following = Following(stand.cluster, folder)
    process = _envoy(folder, json.dumps(following.bootstrap(stand.port, stand.admin_port)))
    try:
        yield stand
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
        for backend in stand.backends.all:
            await backend.stop()
        following.stop()
