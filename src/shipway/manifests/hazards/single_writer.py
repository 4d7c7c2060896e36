"""A volume that one node can have, under two versions."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import POD

ONE = {"ReadWriteOnce", "ReadWriteOncePod"}


def find(setting: Setting) -> Iterator[Found]:
    """Of Deployments whose claim is among the manifests."""
    claims = {one.name: one for one in setting.of("PersistentVolumeClaim")}
    for workload in setting.workloads():
        if workload.kind != "Deployment":
            continue
        for index, volume in workload.each(*POD, "volumes"):
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            modes = set(claims[name].at("spec", "accessModes") or ()) if name in claims else set()
            if modes and modes <= ONE:
                yield Found(
                    what=f"{workload.called} mounts the volume {name}, which only one node can have: the next "
                    "version's pods wait on other nodes.",
                    on=workload,
                    at=(*POD, "volumes", index),
                    fix="Use a ReadWriteMany volume or an object store, or a StatefulSet.",
                )


HAZARD = Hazard(
    name="single-writer",
    title="A volume for one node",
    why="New pods on other nodes stay in ContainerCreating with Multi-Attach until every old pod has gone.",
    find=find,
)
