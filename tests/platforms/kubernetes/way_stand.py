"""Pods that only the API server knows, for ways in whose values are tested: nothing runs in them.

Their addresses are this machine's own, and one server answers at all of them; kube-proxy and gateways reach it.
"""

import asyncio
import contextlib
import json
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from typing import Any

import msgspec

from contract.traffic import A, B
from platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.model.fleet import Preparation
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.ports.traffic import Traffic

OWNER, PORT, FIRST, EACH = "checkout", 8000, 21000, 10
NETWORK = "10.99"
NETWORKS = {A: 0, B: 1}
LOOK_SECONDS, NOWHERE = 0.05, "http://127.0.0.1:1"
Built = Callable[[str], Traffic]
"""An adapter for a namespace."""


def endpoint(revision: RevisionId, number: int, *, draining: bool = False) -> Endpoint:
    """Of the pod with this number."""
    return Endpoint(revision=revision, address=f"{_ip(revision, number - FIRST)}:{PORT}", draining=draining)


class PodsGround:
    """A namespace with ten ready pods of each of two revisions."""

    def __init__(self, cluster: Cluster, namespace: str, built: Built) -> None:
        self.cluster, self.namespace, self._built = cluster, namespace, built
        self.traffic = self.again()

    def again(self) -> Traffic:
        return self._built(self.namespace)

    async def pass_time(self) -> None:
        await asyncio.sleep(LOOK_SECONDS)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("--namespace", self.namespace, *words, stdin=stdin).stdout


def opened(
    cluster: Cluster, built: Built, *manifests: dict[str, Any]
) -> Callable[[], AbstractAsyncContextManager[PodsGround]]:
    """`manifests` are what the user has there."""

    @asynccontextmanager
    async def made() -> AsyncIterator[PodsGround]:
        namespace = f"way-{uuid.uuid4().hex[:6]}"
        await asyncio.to_thread(_populated, cluster, namespace, *manifests)
        async with answering():
            try:
                yield PodsGround(cluster, namespace, built)
            finally:
                cluster.kubectl("delete", "namespace", namespace, "--wait=false")
                cluster.kubectl("delete", "node", namespace, "--wait=false")

    return made


def carried(
    cluster: Cluster,
    built: Callable[[str, str], Traffic],
    running: Callable[[str], AbstractContextManager[Any]],
    *manifests: dict[str, Any],
) -> Callable[[], AbstractAsyncContextManager[PodsGround]]:
    """The same, with a data plane of its own in each namespace; an adapter is told that plane's address too."""
    urls: dict[str, str] = {}
    opening = opened(cluster, lambda namespace: built(namespace, urls.get(namespace, NOWHERE)), *manifests)

    @asynccontextmanager
    async def made() -> AsyncIterator[PodsGround]:
        async with opening() as ground:
            with running(ground.namespace) as plane:
                urls[ground.namespace] = plane.url
                ground.traffic = ground.again()
                yield ground

    return made


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """At every pod's address."""
    words = ["ip", "route", "replace", "local", f"{NETWORK}.0.0/16", "dev", "lo"]
    await asyncio.to_thread(subprocess.run, words, check=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", PORT)
    try:
        yield
    finally:
        server.close()


def _populated(cluster: Cluster, namespace: str, *manifests: dict[str, Any]) -> None:
    cluster.kubectl("create", "namespace", namespace)
    cluster.apply(_node(namespace))
    numbered = [(revision, number) for revision in (A, B) for number in range(1, EACH + 1)]
    pods = [_pod(revision, number, namespace) for revision, number in numbered]
    listed = {"apiVersion": "v1", "kind": "List", "items": [_known(), *pods, *manifests]}
    cluster.kubectl("--namespace", namespace, "apply", "-f", "-", stdin=json.dumps(listed))
    state = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [_ready(pod, *of) for pod, of in zip(pods, numbered, strict=True)],
    }
    words = ["apply", "--server-side", "--force-conflicts", "--subresource=status", "-f", "-"]
    cluster.kubectl("--namespace", namespace, *words, stdin=json.dumps(state))


def _known() -> dict[str, Any]:
    """What a platform leaves of preparations."""
    kept = {
        id: Prepared(revision=id, generation=1, state=Preparation.DONE, begun_at=0.0, port=PORT) for id in (A, B)
    }
    data = {marks.label_of(id): msgspec.json.encode(one).decode() for id, one in kept.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"shipway-{OWNER}"}, "data": data}


def _node(name: str) -> dict[str, Any]:
    """No kubelet is there to run anything; for a minute nobody misses it, and services know its pods."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {"unschedulable": True}}


def _pod(revision: RevisionId, number: int, node: str) -> dict[str, Any]:
    labels = {
        "app": OWNER,
        marks.SERVICE: OWNER,
        marks.REVISION: marks.label_of(revision),
        marks.REQUESTS: marks.YES,
    }
    name = marks.name_of(OWNER, f"{revision}-{number}")
    spec = {"nodeName": node, "containers": [{"name": "app", "image": "none"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def _ready(pod: dict[str, Any], revision: RevisionId, number: int) -> dict[str, Any]:
    ip, since = _ip(revision, number), "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": since}]
    status = {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": conditions}
    return {
        **{key: pod[key] for key in ("apiVersion", "kind")},
        "metadata": {"name": pod["metadata"]["name"]},
        "status": status,
    }


def _ip(revision: RevisionId, number: int) -> str:
    return f"{NETWORK}.{NETWORKS[revision]}.{number}"
