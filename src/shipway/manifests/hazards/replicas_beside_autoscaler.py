"""A count in the manifest, beside an autoscaler."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Shipway does not take the count from the manifest."""
    for workload in setting.workloads():
        scaler = next(setting.autoscalers_of(workload), None)
        if setting.replicas is not None or scaler is None or workload.at("spec", "replicas") is None:
            continue
        yield Found(
            what=f"Each apply sets {workload.called} back to {workload.at('spec', 'replicas')} pods, whatever "
            f"{scaler.called} found it needs.",
            on=workload,
            at=("spec", "replicas"),
            fix="Remove `replicas` from the manifest.",
            patch=workload.patch(spec={"replicas": None}),
        )


HAZARD = Hazard(
    name="replicas-beside-autoscaler",
    title="A count beside an autoscaler",
    why="A release at noon starts with the count that was written at midnight, and the pods that remain are too "
    "few.",
    find=find,
)
