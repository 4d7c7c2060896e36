"""Pods of which each node has one: how many there are to be, which of them count, and which somebody else ended.

Pure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import lost, pods
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled

Object = dict[str, Any]
TAKEN_UP_SECONDS = 30.0
"""A pod that its node has not taken up for so long waits for a node that is away."""


def is_lost(pod: Object, at: float) -> bool:
    """Whether its node is away: it was not taken up, did not end, or the cluster itself calls it unready.

    One that its controller ends there is as lost as before.
    """
    if pods.is_ending(pod):
        return lost.since(pod, at) is not None
    if _is_scheduled(pod) and not pod.get("status", {}).get("startTime"):
        return at - pods.seconds(pod["metadata"]["creationTimestamp"]) > TAKEN_UP_SECONDS
    return lost.unheard_since(pod) is not None


def _is_scheduled(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any((each["type"], each["status"]) == ("PodScheduled", "True") for each in conditions)


def counted(found: Sequence[Object], at: float) -> list[Object]:
    """Those on nodes that are there, the ready ones first."""
    return sorted((pod for pod in found if not is_lost(pod, at)), key=lambda pod: pods.ready_since(pod) is None)


def count(workload: Object, found: Sequence[Object], at: float) -> int:
    """How many there are to be on nodes that are there.

    What the workload says may be old, or may leave a node out that has gone. Each node that has a pod is one.
    """
    there = [pod for pod in found if not pods.is_over(pod) and not is_lost(pod, at)]
    return max(said(workload, found, at), len({pod["spec"].get("nodeName") for pod in there} - {None}))


def said(workload: Object, found: Sequence[Object], at: float) -> int:
    """What the workload says, without nodes that are away.

    Those whose taints its pods do not tolerate it leaves out itself, and calls their pods misplaced.
    """
    status = workload.get("status") or {}
    away = sum(is_lost(pod, at) for pod in found if not pods.is_over(pod))
    counted_in = max(0, away - int(status.get("numberMisscheduled", 0)))
    return max(0, int(status.get("desiredNumberScheduled", 0)) - counted_in)


def remembered(after: Rolled, before: Rolled, found: Sequence[Object]) -> Rolled:
    """With what was told to pods that are ending: who ended them is asked as long as they are there."""
    ending = {pods.name(pod) for pod in found if pods.is_ending(pod)}
    return replace(after, pods={**{pod: before.pods[pod] for pod in ending & before.pods.keys()}, **after.pods})


def ended_by_others(state: Rolled, found: Sequence[Object], now: int) -> Iterator[str]:
    """Names of pods that end in a release although nobody of ours said so.

    What the cluster ends says why, or there are fewer nodes: `now`, of what there was when it was written last.
    """
    strange = [pod for pod in found if pods.is_ending(pod) and not _is_explained(state, pod)]
    fewer = max(0, state.replicas - now)
    yield from (pods.name(pod) for pod in strange[fewer:])


def _is_explained(state: Rolled, pod: Object) -> bool:
    said = state.pods.get(pods.name(pod))
    conditions = pod.get("status", {}).get("conditions") or ()
    is_disrupted = any(each["type"] == "DisruptionTarget" and each["status"] == "True" for each in conditions)
    return is_disrupted or (said is not None and said.stopping is not None)
