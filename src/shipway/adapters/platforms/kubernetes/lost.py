"""Pods whose node does not answer, told by the pods themselves: a Role in a namespace may not look at nodes. Pure.

https://kubernetes.io/docs/concepts/architecture/nodes/#condition
"""

from datetime import UTC, datetime
from typing import Any

from shipway.adapters.platforms.kubernetes import pods

Object = dict[str, Any]
OVERDUE_SECONDS = 30.0
"""A kubelet that is there has ended a pod, by force too, so long after the last moment it was given."""


def since(pod: Object, at: float) -> float | None:
    """Since when its node does not answer; none where it does, as far as the pod tells."""
    unheard = unheard_since(pod)
    return unheard if unheard is not None else overdue_since(pod, at)


def unheard_since(pod: Object) -> float | None:
    """Since when the cluster calls it unready of its own accord.

    Its kubelet says of a pod that is not ready why, and that of the containers too. The node controller, which
    misses the kubelet, says neither.
    """
    conditions = {one["type"]: one for one in pod.get("status", {}).get("conditions") or ()}
    ready, containers = conditions.get("Ready", {}), conditions.get("ContainersReady", {})
    is_unheard = ready.get("status") == "False" and not ready.get("reason") and containers.get("status") == "True"
    return pods.seconds(ready.get("lastTransitionTime")) if is_unheard else None


def overdue_since(pod: Object, at: float) -> float | None:
    """Since when a pod that was told to end should be gone: its deletion's time has its grace in it."""
    due = pods.seconds(pod["metadata"].get("deletionTimestamp"))
    return due if due and at - due > OVERDUE_SECONDS else None


def said(pod: Object, at: float) -> str:
    """In a sentence, with the node and since when."""
    node, instant = pod["spec"].get("nodeName", "unknown"), datetime.fromtimestamp(at, UTC)
    sentence = f"node {node} has not answered since {instant:%H:%M:%S} UTC"
    return f"{sentence}, and whether it ended is not known" if pods.is_ending(pod) else sentence
