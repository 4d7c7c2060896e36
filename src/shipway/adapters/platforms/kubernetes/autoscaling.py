"""A version's own autoscaler, derived from the one that the user wrote, and between what it may scale. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes import deriving, marks, told
from shipway.adapters.platforms.kubernetes.options import options_of
from shipway.model.revision import Revision

Object = dict[str, Any]
Bounds = tuple[int, int]
"""The least and the most pods."""


def autoscaler(revision: Revision) -> Object | None:
    """As the user's, but for its name and what it scales; none where the manifests have none."""
    written = options_of(revision).autoscaler
    if not written:
        return None
    name = deriving.name(revision)
    made = noted(written, name=name, labels=deriving.labels(revision))
    made["spec"]["scaleTargetRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return made


def noted(written: Mapping[str, Any], *, name: str, labels: Mapping[str, str]) -> Object:
    """A copy of the user's with that name, in which stands between what they let it scale."""
    made: Object = copy.deepcopy({key: value for key, value in written.items() if key != "status"})
    (least, most), metadata = written_bounds(made), made["metadata"]
    notes = {**(metadata.get("annotations") or {}), marks.LEAST: str(least), marks.MOST: str(most)}
    labels = {**(metadata.get("labels") or {}), **labels, marks.MANAGED_BY: "shipway"}
    return {**made, "metadata": {"name": name, "labels": labels, "annotations": notes}}


def written_bounds(scaler: Object) -> Bounds:
    """As it says itself."""
    spec = scaler["spec"]
    return int(spec.get("minReplicas", 1)), int(spec["maxReplicas"])


def bounds(scaler: Object, own: Object, others: Iterable[Object]) -> Bounds:
    """What a version's autoscaler may do now.

    As the user wrote it, while the version is alone. Beside another one it may add pods, but not go below what
    its share was given. Of one that leaves the number is Shipway's alone.
    """
    least, most = user_bounds(scaler)
    count = told.told_replicas(own) or 0
    if told.is_leaving(own):
        return max(1, count), max(1, count)
    if any(told.told_replicas(other) for other in others):
        return count, max(most, count)
    return least, max(least, most)


def user_bounds(scaler: Object) -> Bounds:
    """As the user wrote them."""
    notes = scaler["metadata"].get("annotations") or {}
    most = int(notes[marks.MOST]) if marks.MOST in notes else written_bounds(scaler)[1]
    return int(notes.get(marks.LEAST, "1")), most


def within(scaler: Object, allowed: Bounds) -> Object:
    """The same, which may scale so far."""
    least, most = allowed
    return {**scaler, "spec": {**scaler["spec"], "minReplicas": least, "maxReplicas": most}}


def between(scaler: Object, wanted: Bounds) -> Object | None:
    """What to merge into it; none where it is so already."""
    if written_bounds(scaler) == wanted:
        return None
    version = scaler["metadata"]["resourceVersion"]
    return {
        "metadata": {"resourceVersion": version},
        "spec": {"minReplicas": wanted[0], "maxReplicas": wanted[1]},
    }
