"""What a fleet looks like whose pods are made by the user's own workload. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.in_place import nodes
from shipway.adapters.platforms.kubernetes.in_place.form import Form, awaited
from shipway.adapters.platforms.kubernetes.in_place.remembering import remembered
from shipway.adapters.platforms.kubernetes.in_place.rolled import rolled
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.adapters.platforms.kubernetes.seeing import Look, template_hash, writer
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.fleet import Fleet, Replica, Scaled
from shipway.model.revision import RevisionId

Object = dict[str, Any]


class LookInPlace(Look):
    """Everything that was asked once. There is one workload, or none yet."""

    def __init__(
        self,
        workloads: Sequence[Object],
        found: Sequence[Object],
        prepared: Mapping[RevisionId, Prepared],
        *,
        form: Form,
        at: float,
    ) -> None:
        self.workload, self.form = next(iter(workloads), None), form
        self.rolled = rolled(self.workload) if self.workload else rolled({"metadata": {}})
        super().__init__((), found, {**remembered(workloads), **prepared})
        self.lost = tuple[Object, ...]()
        if form.per_node:
            self.lost = tuple(pod for pod in self.pods if nodes.is_lost(pod, at))
            self.nodes = nodes.count(self.workload, self.pods, at) if self.workload else 0
            self.said = nodes.said(self.workload, self.pods, at) if self.workload else 0
            self.pods = [pod for pod in self.pods if pod not in self.lost]

    def puzzling(self) -> Sequence[Object]:
        """Where no pod has a place, the workload's own events say whether none may be made."""
        there = {self.ids[pods.label(pod, marks.REVISION)] for pod in self._known()}
        makers = [self.workload] if self.workload and self.form.coming(self.rolled, there) else []
        return [*makers, *self.unready()]

    def fleet(self, at: float, events: Mapping[str, Sequence[Object]]) -> Fleet:
        """Pods of a revision that are to be, and of which none has a place, are one replica."""
        fleet = super().fleet(at, events)
        to_come = self.form.coming(self.rolled, {one.revision for one in fleet.replicas})
        made = events.get(pods.name(self.workload), ()) if self.workload else ()
        more = (coming(revision, said, pods.why_not_made(made)) for revision, said in to_come.items())
        return replace(fleet, replicas=(*fleet.replicas, *more))

    def _said(self, pod: Object) -> Told:
        if pods.is_ending(pod):
            metadata = pod["metadata"]
            at = pods.seconds(metadata["deletionTimestamp"]) - metadata.get("deletionGracePeriodSeconds", 0)
            return Told(draining=at, stopping=at)
        return self.form.said(self.rolled, pods.name(pod), self.ids[pods.label(pod, marks.REVISION)])

    def _moved(self) -> Mapping[RevisionId, int]:
        return self.rolled.generations

    def ours_to_end(self) -> Sequence[Object]:
        """Pods that are on their way out and that nobody has told so; of those that a controller ends itself, only
        those that never took a request."""
        found = self.pods if self.form.per_node else self.unready()
        return [
            pod
            for pod in found
            if pod in self._known() and not pods.is_ending(pod) and self._said(pod).stopping is not None
        ]

    def _barred(self) -> Iterator[tuple[str, str]]:
        """Pods that nobody may make, or that the workload's own deadline has given up."""
        status = self.workload.get("status", {}) if self.workload else {}
        for condition in status.get("conditions") or ():
            is_barred = (condition["type"], condition["status"]) == ("ReplicaFailure", "True")
            if is_barred or condition.get("reason") == "ProgressDeadlineExceeded":
                told = str(condition.get("message", ""))[: pods.WORDS_MAX]
                yield marks.label_of(self.rolled.revision), told
        for pod in self.lost[:1]:
            told = f"{pods.name(pod)} does not count: node {pod['spec'].get('nodeName')} is away"
            yield marks.label_of(self.rolled.revision), told

    def _replica(self, pod: Object, at: float, events: Sequence[Object]) -> Replica:
        """Where each node has one, which node it is may be why it is not ready."""
        found, node = super()._replica(pod, at, events), pod["spec"].get("nodeName")
        if found.ready or not node or not self.form.per_node:
            return found
        return replace(found, detail=f"{found.detail}, on node {node}")

    def _scaled(self) -> Iterator[Scaled]:
        """Nodes say how many pods there are, while one is known; or an autoscaler does.

        While two versions are there, what it says is the number of both.
        """
        if self.form.per_node and self.nodes:
            yield Scaled(what="", now=self.nodes, by="the cluster's nodes", is_automatic=True)
        state, found = self.rolled, self.workload
        now = found["spec"].get("replicas", 1) if found else 0
        if found and state.is_scaled and now not in (0, state.replicas) and (self.form.grows or not state.others):
            yield Scaled(
                what="",
                now=now,
                by=f"the autoscaler of {found['metadata']['name']}",
                revision=None if state.others else state.revision,
                told=state.replicas,
                is_automatic=True,
            )

    def _written(self) -> Sequence[str]:
        state = self.rolled
        if self.workload is None or not state.revision:
            return []
        called = f"{self.form.word} {self.workload['metadata']['name']}"
        who = writer(self.workload)
        found = [f"{who} {words.format(called)}" for words in self.form.changed(self.workload["spec"], state)]
        known = self.prepared.get(state.revision)
        if known and known.template and known.template != template_hash(self.workload):
            found.append(f"{who} changed the pods of {called}")
        if self.form.per_node and state.others:
            ended = nodes.ended_by_others(state, self._known(), self.said)
            found += [f"somebody deleted pod {name} of {called}" for name in ended]
        return found


def coming(revision: RevisionId, said: Told, why: str) -> Replica:
    """What stands for pods that have no place yet, or that nobody may make."""
    return Replica(
        id=awaited(revision),
        revision=revision,
        address="",
        alive=False,
        ready=False,
        draining_since=said.draining,
        generation=said.generation,
        detail=why or "it waits for a pod of the other version to end",
    )
