"""What a fleet looks like whose pods are made by the user's own workload. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.in_place.form import Form
from shipway.adapters.platforms.kubernetes.in_place.rolled import rolled
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.adapters.platforms.kubernetes.seeing import Look, template_hash, writer
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.fleet import Preparation
from shipway.model.revision import RevisionId

Object = dict[str, Any]


def remembered(workloads: Sequence[Object]) -> dict[RevisionId, Prepared]:
    """What they say of revisions: all that is known where somebody deleted the service's ConfigMap."""
    return {
        id: Prepared(revision=id, generation=0, state=Preparation.DONE, begun_at=0.0, port=port)
        for workload in workloads
        for id, port in rolled(workload).ports.items()
    }


class LookInPlace(Look):
    """Everything that was asked once. There is one workload, or none yet."""

    def __init__(
        self,
        workloads: Sequence[Object],
        found: Sequence[Object],
        prepared: Mapping[RevisionId, Prepared],
        *,
        form: Form,
    ) -> None:
        self.workload, self.form = next(iter(workloads), None), form
        self.rolled = rolled(self.workload) if self.workload else rolled({"metadata": {}})
        super().__init__((), found, {**remembered(workloads), **prepared})

    def _said(self, pod: Object) -> Told:
        if pods.is_ending(pod):
            metadata = pod["metadata"]
            at = pods.seconds(metadata["deletionTimestamp"]) - metadata.get("deletionGracePeriodSeconds", 0)
            return Told(draining=at, stopping=at)
        return self.form.said(self.rolled, pods.name(pod), self.ids[pods.label(pod, marks.REVISION)])

    def _moved(self) -> Mapping[RevisionId, int]:
        return self.rolled.generations

    def leaving_unready(self) -> Sequence[Object]:
        """Pods that are on their way out, that nobody has told so, and that never took a request."""
        return [pod for pod in self.unready() if pod in self._known() and self._said(pod).stopping is not None]

    def _barred(self) -> Iterator[tuple[str, str]]:
        """Pods that nobody may make, or that the workload's own deadline has given up."""
        status = self.workload.get("status", {}) if self.workload else {}
        for condition in status.get("conditions") or ():
            is_barred = (condition["type"], condition["status"]) == ("ReplicaFailure", "True")
            if is_barred or condition.get("reason") == "ProgressDeadlineExceeded":
                told = str(condition.get("message", ""))[: pods.WORDS_MAX]
                yield marks.label_of(self.rolled.revision), told

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
        return found
