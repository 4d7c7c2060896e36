"""One autoscaler over two versions."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.manifest import Manifest
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import labels

TWICE = "HorizontalPodAutoscaler"


def find(setting: Setting) -> Iterator[Found]:
    """By the same target, or by a metric that is of both."""
    for workload in setting.workloads():
        scalers = list(setting.autoscalers_of(workload))
        for scaler in scalers[1:]:
            yield Found(
                what=f"{scalers[0].called} and {scaler.called} both scale {workload.called}.",
                on=scaler,
                at=("spec", "scaleTargetRef"),
                fix="Keep one, with both metrics.",
            )
        for scaler in scalers[:1]:
            yield from _of_both(setting, workload, scaler)
    yield from _of_pods(setting)


def _of_both(setting: Setting, workload: Manifest, scaler: Manifest) -> Iterator[Found]:
    """A number of the whole service says nothing of one version's pods."""
    for index, metric in scaler.each("spec", "metrics"):
        if metric.get("type") in ("Object", "External") and (
            setting.is_derived or _has_sibling(setting, workload)
        ):
            yield Found(
                what=f"{scaler.called} scales one version by a metric of both.",
                on=scaler,
                at=("spec", "metrics", index),
                fix="Scale each version by its own pods.",
                patch=scaler.patch(
                    spec={
                        "metrics": [
                            {
                                "type": "Resource",
                                "resource": {
                                    "name": "cpu",
                                    "target": {"type": "Utilization", "averageUtilization": 70},
                                },
                            }
                        ]
                    }
                ),
            )


def _of_pods(setting: Setting) -> Iterator[Found]:
    """One that names neither of two versions, but what both are made from."""
    for scaler in setting.of(TWICE):
        target = scaler.part("spec", "scaleTargetRef")
        if target.get("kind") == "Rollout":
            yield Found(
                what=f"{scaler.called} scales by the average of both versions' pods.",
                on=scaler,
                at=("spec", "scaleTargetRef"),
                fix="Let it scale a Deployment; Shipway gives each version one of its own.",
            )


def _has_sibling(setting: Setting, workload: Manifest) -> bool:
    mine = labels(workload)
    return any(
        other is not workload and mine.get("app") is not None and labels(other).get("app") == mine["app"]
        for other in setting.of("Deployment")
    )


HAZARD = Hazard(
    name="shared-autoscaler",
    title="One autoscaler over both versions",
    why="It takes the average of both, or two fight over one count: the small version runs hot while the large "
    "one idles, and the count swings.",
    find=find,
)
