"""A service of one pod."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.manifest import Key
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Of workloads that take requests, and are not one for each node."""
    for workload in dict.fromkeys(workload for workload, _ in setting.serving()):
        if workload.kind == "DaemonSet" or setting.replicas_of(workload) != 1:
            continue
        scaler = next(setting.autoscalers_of(workload), None)
        at: tuple[Key, ...] = ()
        if setting.is_derived:
            fix, patch = "Write `replicas: 2` below platform.kubernetes.", None
        elif scaler is not None:
            at, fix = ("spec", "minReplicas"), "Let the autoscaler keep two."
            patch = scaler.patch(spec={"minReplicas": 2})
        else:
            at, fix, patch = ("spec", "replicas"), "Have two.", workload.patch(spec={"replicas": 2})
        yield Found(
            what=f"{workload.called} is one pod: while a node is drained, or it is restarted, nobody answers.",
            on=scaler if scaler is not None and not setting.is_derived else workload,
            at=at,
            fix=fix,
            patch=patch,
        )


HAZARD = Hazard(
    name="one-replica",
    title="One replica",
    why="A node's upgrade, an eviction or a failed probe ends the only pod, and the next one needs time to begin.",
    find=find,
)
