"""One service for all replicas, which the Swarm itself updates, a batch at a time. Pure.

The Swarm replaces so many tasks at once as the plan's next batch has, and then waits for far longer than any
stage lasts. What follows, the next batch or the way back, is another update, which ends that waiting. So a release
is held by doing nothing, and a controller that dies leaves the batch that was asked for and no more.
https://docs.docker.com/reference/cli/docker/service/update/
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.swarm import creating
from shipway.adapters.platforms.swarm.options import Update
from shipway.adapters.platforms.swarm.seeing import ENDED, Seen, state
from shipway.adapters.replicas.records import ReplicaRecord

COMMON = "shipway.common"
"""The label of such a service."""
LONG = 24 * 3600 * creating.NANO
ID_DIGITS = 8
BY_ITSELF = ("failed", "rejected", "complete")
UNSTARTED = ("new", "pending", "assigned", "accepted", "preparing", "ready")
Spec = Mapping[str, Any]
TaskSeen = dict[str, Any]


class Batch(Struct, frozen=True, kw_only=True):
    """What a service is asked to be next."""

    replicas: int
    at_once: int
    """How many tasks are replaced by this update."""
    generation: int = 0


def asked(pattern: ReplicaRecord, home: Path, batch: Batch, how: Update) -> dict[str, Any]:
    """The service's specification. Its tasks do not know the generation, or each one would replace them all."""
    spec = creating.asked(pattern, home)
    task = spec["TaskTemplate"]
    whose = {name: value for name, value in spec["Labels"].items() if name != labels.GENERATION}
    container = {**task["ContainerSpec"], "Labels": {**task["ContainerSpec"]["Labels"], COMMON: "1"}}
    del container["Labels"][labels.GENERATION]
    return {
        **spec,
        "Labels": {**whose, COMMON: "1", labels.GENERATION: str(batch.generation)},
        "TaskTemplate": {**task, "ContainerSpec": container},
        "Mode": {"Replicated": {"Replicas": batch.replicas}},
        "EndpointSpec": reached(spec["EndpointSpec"], how.published),
        "UpdateConfig": {
            "Parallelism": batch.at_once,
            "Delay": LONG,
            "FailureAction": "pause",
            "Monitor": round(how.monitor * creating.NANO),
            "Order": how.order,
        },
    }


def reached(own: Spec, published: int | None) -> dict[str, Any]:
    """Each task at a port of its node, by which it is probed; and all of them at one of the routing mesh, where
    it carries requests. Port 0: the Swarm chooses one."""
    ports = [{name: value for name, value in port.items() if name != "PublishedPort"} for port in own["Ports"]]
    if published is None:
        return {**own, "Ports": ports}
    in_mesh = [{**port, "PublishMode": "ingress"} for port in ports]
    if published:
        in_mesh = [{**port, "PublishedPort": published} for port in in_mesh]
    return {**own, "Mode": "vip", "Ports": [*in_mesh, *ports]}


def is_common(seen: Seen) -> bool:
    """Whether the Swarm updates it."""
    return COMMON in (seen.service["Spec"].get("Labels") or {})


def was_rolled_back(seen: Seen) -> bool:
    """Whether its last change was a native rollback, which never is ours."""
    return str((seen.service.get("UpdateStatus") or {}).get("State", "")).startswith("rollback")


def is_scaled(asked: Spec, found: Spec) -> bool:
    """Whether its number of tasks is another one, and nothing else."""
    if "Replicated" not in found["Mode"] or asked["Mode"] == found["Mode"]:
        return False
    return not creating.changed({**asked, "Mode": found["Mode"]}, found)


def is_same(spec: Spec, found: Spec) -> bool:
    """Whether it is as it was, by the same intent."""
    of = [one["Labels"].get(labels.GENERATION) for one in (spec, found)]
    return of[0] == of[1] and not creating.changed(spec, found)


def live(seen: Seen | None) -> tuple[TaskSeen, ...]:
    """Tasks that run, or are on their way there or to their end; those that ended by themselves until the next is
    made."""
    return tuple(task for task in (seen.tasks if seen else ()) if _is_live(task))


def _is_live(task: TaskSeen) -> bool:
    """One that is told to end before it was started is over, though its node may never say so: where its disk was
    full, it forgets the task, and tells no more of it until its dockerd is restarted."""
    if stays(task):
        return state(task) not in ENDED or state(task) in BY_ITSELF
    return state(task) not in (*ENDED, *UNSTARTED)


def stays(task: TaskSeen) -> bool:
    """Whether the Swarm means it to run on."""
    return task["DesiredState"] not in ("shutdown", "remove", "failed", "complete")


def revision_of(task: TaskSeen) -> str:
    """Whose code it runs."""
    told = task["Spec"]["ContainerSpec"].get("Labels") or {}
    return str(told.get(labels.REVISION, ""))


def name_of(seen: Seen, task: TaskSeen) -> str:
    """Of the replica that it is: a task that is made anew is another one."""
    return f"{seen.name}-{task.get('Slot', 0)}-{task['ID'][:ID_DIGITS]}"


def place_of(name: str) -> str:
    """Where a replica of this name stands; one that is made anew stands there too."""
    return name.rpartition("-")[0]


def port_of(task: TaskSeen) -> int:
    """That its node publishes; 0 while none is known."""
    ports = (task["Status"].get("PortStatus") or {}).get("Ports") or []
    return int(ports[0].get("PublishedPort", 0)) if ports else 0


def before(seen: Seen, task: TaskSeen) -> tuple[TaskSeen, ...]:
    """Runs of the same code in the same place that ended by themselves, as far as the Swarm remembers."""
    return tuple(
        one
        for one in seen.tasks
        if one.get("Slot") == task.get("Slot")
        and revision_of(one) == revision_of(task)
        and state(one) in BY_ITSELF
        and one["ID"] != task["ID"]
    )


def is_doubled(tasks: Sequence[TaskSeen], revision: str) -> bool:
    """Whether the Swarm keeps two tasks in one place, both as it was asked for: after it was away in an update.

    It waits for the end of the update's delay with both; the next update leaves one.
    """
    places = Counter(task.get("Slot") for task in tasks if stays(task) and revision_of(task) == revision)
    return any(count > 1 for count in places.values())


def former(found: Spec | None, revision: str, before: str) -> str:
    """Which revision tasks of this one replace; `before` is what it was when they were asked for last."""
    there = str(found["Labels"].get(labels.REVISION, "")) if found else ""
    return there if there != revision else before


def kept_beside(tasks: Sequence[TaskSeen], revision: str) -> str:
    """The one other revision that still has a task in each place that this one has a task in.

    The Swarm ends no former task before the new one runs. Where that never does, both stay; an update back to the
    other revision ends the new ones and touches no task of its own.
    """
    staying = [task for task in tasks if stays(task)]
    others = {task.get("Slot"): revision_of(task) for task in staying if revision_of(task) != revision}
    places = {task.get("Slot") for task in staying if revision_of(task) == revision}
    found = {others.get(place, "") for place in places}
    return found.pop() if len(found) == 1 else ""


def kept(replicas: int, *, ready: int, others: int) -> int:
    """How many ready tasks of other revisions stay for now, so that half of all are ready at any time.

    The Swarm ends a task as soon as the one in its place runs, which is before that one is ready.
    """
    half = -(-replicas // 2) if replicas > 1 else 0
    return max(0, min(others, half - ready))


def next_batch(
    found: Spec | None, tasks: Sequence[TaskSeen], *, revision: str, missing: int, kept: int = 0
) -> Batch | None:
    """What the service is to be so that `missing` more tasks run this revision: those of others are replaced
    first, and where there are too few of them, it grows. None while those that are `kept` are all there is."""
    if found is None:
        return Batch(replicas=missing, at_once=1)
    others = sum(stays(task) and revision_of(task) != revision for task in tasks)
    replaced = min(missing, max(0, others - kept))
    if others and not replaced:
        return None
    replicas = int(found["Mode"]["Replicated"]["Replicas"]) + max(0, missing - others)
    return Batch(replicas=replicas, at_once=max(1, replaced))
