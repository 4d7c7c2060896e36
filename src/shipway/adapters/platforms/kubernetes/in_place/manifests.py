"""What in manifests does not go together with a workload that is updated in place."""

from collections.abc import Sequence

from shipway.manifests.manifest import Manifest
from shipway.manifests.reading import BadManifest
from shipway.manifests.workloads import scales


def fitting(workload: Manifest, found: Sequence[Manifest]) -> Manifest:
    """The same. Raises `BadManifest`."""
    way = workload.part("spec", "strategy").get("type") or workload.part("spec", "updateStrategy").get("type")
    if way == "Recreate":
        raise BadManifest(
            f"{workload.called} ends all pods before it makes new ones",
            where=workload.where("spec", "strategy"),
            why="So nobody answers meanwhile, and there is no batch to judge.",
            fix="Write `type: RollingUpdate`, or remove `update`.",
        )
    how = workload.part("spec", "updateStrategy")
    if how.get("type") == "OnDelete" or (how.get("rollingUpdate") or {}).get("partition"):
        raise BadManifest(
            f"{workload.called} keeps pods from being replaced",
            where=workload.where("spec", "updateStrategy"),
            why="A release says itself how many are replaced, and at its end all are.",
            fix="Remove `updateStrategy`, or write `type: RollingUpdate` without a partition.",
        )
    if workload.part("spec", "ordinals").get("start"):
        raise BadManifest(
            f"the places of {workload.called} do not begin with 0",
            where=workload.where("spec", "ordinals"),
            why="Which places are a version's is counted from 0.",
            fix="Remove `ordinals`.",
        )
    for one in found:
        if workload.kind == "DaemonSet" and scales(one, workload):
            raise BadManifest(
                f"{one.called} cannot say how many pods {workload.called} has",
                where=one.where("spec", "scaleTargetRef"),
                why="Each node has one, and nothing else counts.",
                fix="Take it out of the manifests and of the cluster.",
            )
    return workload
