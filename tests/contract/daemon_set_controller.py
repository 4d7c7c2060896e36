"""Nodes, their kubelets, and what the DaemonSet controller makes of them, in an API server in memory.

After kubernetes/pkg/controller/daemon/daemon_controller.go and update.go, v1.34.4.
"""

import hashlib
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from contract.memory_cluster import MemoryCluster
from shipway.adapters.platforms.kubernetes.cluster import Conflict
from shipway.adapters.platforms.kubernetes.kinds import DAEMON_SET, POD, Kind

Object = dict[str, Any]
HASH = "controller-revision-hash"
STARTS_SECONDS, ENDS_SECONDS = 2.0, 7.0
BROKEN = "broken"
"""An image of this tag never gets ready."""


def written(at: float) -> str:
    """As the API server writes times."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Nodes(MemoryCluster):
    """A cluster whose nodes come, go, and are away for a while. `at` is the present, seconds since the epoch."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.at, self._made = 1_000_000_000.0, 0
        self.nodes = [f"node-{number}" for number in range(count)]
        self.away = set[str]()
        self.tolerates = False
        """Whether its pods may be on nodes that are away, as those of an agent for each node mostly are."""
        self.is_controlled = True
        """Whether the controller runs."""
        self.refusal = ""
        """Why nobody may make a pod."""
        self.since = dict[str, float]()
        """Since when each pod is as it is."""

    @property
    def daemon_set(self) -> Object:
        """The only one."""
        (found,) = (one for (plural, _), one in self.there.items() if plural == DAEMON_SET.plural)
        return found

    @property
    def pods(self) -> list[Object]:
        """All of them."""
        return [one for (plural, _), one in self.there.items() if plural == POD.plural]

    def images(self) -> list[str]:
        """Of pods that do not end, and whose node is there."""
        there = [pod for pod in self.pods if not _ends(pod) and pod["spec"]["nodeName"] not in self.away]
        return sorted(pod["spec"]["containers"][0]["image"] for pod in there)

    def ready(self) -> list[str]:
        """Addresses of pods that answer."""
        there = [pod for pod in self.pods if _is_ready(pod)]
        return [pod["status"]["podIP"] for pod in there]

    async def delete(self, kind: Kind, name: str, *, uid: str = "", version: str = "") -> None:
        """A pod ends when its kubelet has ended it."""
        if kind != POD:
            await super().delete(kind, name, uid=uid, version=version)
            return
        found = self.there.get((kind.plural, name))
        if found is not None and uid and found["metadata"]["uid"] != uid:
            raise Conflict("it is another than the one that was read")
        self.writes.append((kind.plural, name))
        self.end(name)

    async def events_of(self, uid: str) -> list[Object]:
        """Of the DaemonSet."""
        if not self.refusal or uid != self.daemon_set["metadata"]["uid"]:
            return []
        told = {"type": "Warning", "reason": "FailedCreate", "lastTimestamp": written(self.at)}
        return [{**told, "message": f"Error creating: {self.refusal}"}]

    def end(self, name: str) -> None:
        """As whoever deletes it."""
        pod = self.there.get((POD.plural, name))
        if pod is not None and not _ends(pod):
            pod["metadata"] |= {"deletionTimestamp": written(self.at), "deletionGracePeriodSeconds": 0}
            self.since[name] = self.at

    def passed(self, seconds: float) -> None:
        """What the kubelets and the controller do meanwhile."""
        self.at += seconds
        for pod in self.pods:
            self._kept(pod)
        if self.is_controlled:
            self._controlled()

    def _keep(self, kind: Kind, made: Object) -> Object:
        if kind == DAEMON_SET:
            before = self.there.get((kind.plural, made["metadata"]["name"]), {})
            made["status"] = deepcopy(before.get("status", {}))
            is_same = before.get("spec") == made["spec"]
            made["metadata"]["generation"] = before.get("metadata", {}).get("generation", 0) + (not is_same)
        return super()._keep(kind, made)

    def _kept(self, pod: Object) -> None:
        """By its node's kubelet; while that is away, the cluster only says so."""
        name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
        conditions = pod["status"].setdefault("conditions", [])
        ready = next((each for each in conditions if each["type"] == "Ready"), None)
        if node not in self.nodes:
            del self.there[POD.plural, name]
        elif node in self.away:
            if ready is not None and ready["status"] == "True":
                ready["status"] = "False"
        elif _ends(pod):
            if self.at - self.since[name] >= ENDS_SECONDS:
                del self.there[POD.plural, name]
        elif ready is None or ready["status"] == "False":
            self._started(pod)

    def _started(self, pod: Object) -> None:
        pod["status"]["startTime"] = written(self.at)
        image = pod["spec"]["containers"][0]["image"]
        since = self.since[pod["metadata"]["name"]]
        if self.at - since < STARTS_SECONDS or image.endswith(f":{BROKEN}"):
            return
        kinds = ("PodScheduled", "ContainersReady", "Ready")
        changed = {"status": "True", "lastTransitionTime": written(self.at)}
        running = {"name": "app", "state": {"running": {"startedAt": written(since)}}, "restartCount": 0}
        number = pod["metadata"]["name"].rpartition("-")[2]
        pod["status"] |= {
            "podIP": f"10.0.0.{number}",
            "containerStatuses": [running],
            "conditions": [{"type": kind, **changed} for kind in kinds],
        }

    def _controlled(self) -> None:
        if not any(plural == DAEMON_SET.plural for plural, _ in self.there):
            return
        found = self.daemon_set
        template, wanted = found["spec"]["template"], self._eligible(found)
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:8]
        kept = (*wanted, *self.away) if wanted else ()
        for pod in self.pods:
            if pod["spec"]["nodeName"] not in kept:
                self.end(pod["metadata"]["name"])
        if found["spec"].get("updateStrategy", {}).get("type") != "OnDelete":
            for name in self._replaced(digest, len(wanted)):
                self.end(name)
        for node in wanted:
            if not self.refusal and not any(pod["spec"]["nodeName"] == node for pod in self.pods):
                self._make(template, node, digest)
        generation = found["metadata"]["generation"]
        misplaced = {pod["spec"]["nodeName"] for pod in self.pods} & set(self.nodes) - set(wanted)
        found["status"] = {
            "desiredNumberScheduled": len(wanted),
            "numberMisscheduled": len(misplaced),
            "observedGeneration": generation,
        }

    def _eligible(self, found: Object) -> list[str]:
        """No node has a label; one that is away has a taint, so no pod begins there, and none is ended."""
        if found["spec"]["template"]["spec"].get("nodeSelector"):
            return []
        return [node for node in self.nodes if self.tolerates or node not in self.away]

    def _replaced(self, digest: str, wanted: int) -> Iterator[str]:
        """A rolling update with `maxUnavailable: 1`, the default: what does not answer goes first."""
        well = {pod["metadata"]["name"] for pod in self.pods if _is_ready(pod)}
        former = [pod for pod in self.pods if pod["metadata"]["labels"][HASH] != digest and not _ends(pod)]
        yield from (pod["metadata"]["name"] for pod in former if pod["metadata"]["name"] not in well)
        room = 1 - (wanted - len(well))
        yield from [pod["metadata"]["name"] for pod in former if pod["metadata"]["name"] in well][: max(0, room)]

    def _make(self, template: Object, node: str, digest: str) -> None:
        self._made += 1
        name = f"checkout-{self._made}"
        labels = {**template["metadata"]["labels"], HASH: digest}
        metadata = {"name": name, "labels": labels, "creationTimestamp": written(self.at)}
        scheduled = {"type": "PodScheduled", "status": "True"}
        spec = {**deepcopy(template["spec"]), "nodeName": node}
        self.since[name] = self.at
        self.put(POD, {"metadata": metadata, "spec": spec, "status": {"conditions": [scheduled]}})


def _ends(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", [])
    return not _ends(pod) and any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)
