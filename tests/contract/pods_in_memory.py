"""An API server in memory whose Services know their pods, and pods that answer."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from contract.backends import Backend, Backends
from contract.memory_cluster import MemoryCluster, is_chosen
from contract.traffic import A, B
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, ENDPOINT_SLICE, POD, SERVICE, Kind
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.model.fleet import Preparation

Object = dict[str, Any]
OWNER = "checkout"


class ServingCluster(MemoryCluster):
    """It has the EndpointSlices that a cluster's controller makes."""

    async def list(self, kind: Kind, selector: str) -> Sequence[Object]:
        if kind != ENDPOINT_SLICE:
            return await super().list(kind, selector)
        services, pods = await super().list(SERVICE, ""), await super().list(POD, "")
        slices = (_slice(service, list(_chosen(service, pods))) for service in services)
        return [one for one in slices if is_chosen(one["metadata"]["labels"], selector)]


def _chosen(service: Object, pods: Sequence[Object]) -> Iterator[Object]:
    wanted = service["spec"]["selector"].items()
    yield from (pod for pod in pods if wanted <= pod["metadata"]["labels"].items())


def _slice(service: Object, pods: Sequence[Object]) -> Object:
    name, labels = service["metadata"]["name"], service["metadata"].get("labels") or {}
    endpoints = [
        {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": True},
            "targetRef": {"name": pod["metadata"]["name"]},
        }
        for pod in pods
    ]
    (port,) = service["spec"]["ports"]
    return {
        "metadata": {"name": name, "labels": {**labels, "kubernetes.io/service-name": name}},
        "ports": [{"port": port["targetPort"]}],
        "endpoints": endpoints,
    }


class Pods(Backends):
    """Replicas at addresses of their own, as pods that the API server tells."""

    def __init__(self, cluster: MemoryCluster, port: int) -> None:
        super().__init__()
        self._cluster, self._port = cluster, port
        kept = {
            id: Prepared(revision=id, generation=1, state=Preparation.DONE, begun_at=0.0, port=port)
            for id in (A, B)
        }
        data = {marks.label_of(id): msgspec.json.encode(one).decode() for id, one in kept.items()}
        cluster.put(CONFIG_MAP, {"metadata": {"name": f"shipway-{OWNER}"}, "data": data})

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
        return backend
