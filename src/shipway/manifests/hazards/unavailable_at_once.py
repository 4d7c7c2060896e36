"""A rollout that takes away all pods at once."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import counted

SAFE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def find(setting: Setting) -> Iterator[Found]:
    """Shipway's own deployments never replace a pod; `kubectl apply` of the manifest does."""
    for workload in setting.workloads():
        key = "strategy" if workload.kind == "Deployment" else "updateStrategy"
        written, replicas = workload.part("spec", key), setting.replicas_of(workload)
        most = (written.get("rollingUpdate") or {}).get("maxUnavailable", 0)
        is_all = workload.kind != "DaemonSet" and (counted(most, replicas, up=False) or 0) >= replicas
        if not (is_all or most == "100%" or written.get("type") == "Recreate"):
            continue
        how = (
            "ends all its pods first" if written.get("type") == "Recreate" else f"may take {most} of its pods away"
        )
        safe = SAFE if workload.kind == "Deployment" else {"rollingUpdate": {"maxUnavailable": 1}}
        yield Found(
            what=f"A change of {workload.called} {how}, and none serves until others are ready.",
            on=workload,
            at=("spec", key),
            fix="Let a new pod be ready before an old one goes.",
            patch=workload.patch(spec={key: safe}),
            level=Level.ADVICE if setting.is_derived else None,
        )


HAZARD = Hazard(
    name="unavailable-at-once",
    title="maxUnavailable takes every pod",
    why="Between the end of the old pods and the first new one that is ready, every request is refused.",
    find=find,
)
