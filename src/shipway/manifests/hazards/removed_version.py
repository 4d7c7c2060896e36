"""Versions of the API that no cluster of today has."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting

INSTEAD = {
    ("extensions/v1beta1", "Deployment"): "apps/v1",
    ("apps/v1beta1", "Deployment"): "apps/v1",
    ("apps/v1beta2", "Deployment"): "apps/v1",
    ("apps/v1beta1", "StatefulSet"): "apps/v1",
    ("apps/v1beta2", "StatefulSet"): "apps/v1",
    ("extensions/v1beta1", "DaemonSet"): "apps/v1",
    ("apps/v1beta2", "DaemonSet"): "apps/v1",
    ("extensions/v1beta1", "Ingress"): "networking.k8s.io/v1",
    ("networking.k8s.io/v1beta1", "Ingress"): "networking.k8s.io/v1",
    ("policy/v1beta1", "PodDisruptionBudget"): "policy/v1",
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): "autoscaling/v2",
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): "autoscaling/v2",
    ("batch/v1beta1", "CronJob"): "batch/v1",
}
"""https://kubernetes.io/docs/reference/using-api/deprecation-guide/"""


def find(setting: Setting) -> Iterator[Found]:
    """Of all manifests."""
    for one in setting.manifests:
        instead = INSTEAD.get((one.version, one.kind))
        if instead:
            yield Found(
                what=f"{one.called} is of {one.version}, which Kubernetes has removed.",
                on=one,
                at=("apiVersion",),
                fix=f"Write `apiVersion: {instead}`.",
            )


HAZARD = Hazard(
    name="removed-version",
    title="A version of the API that is gone",
    why="The API server answers `no matches for kind`, and what is applied with it is half there.",
    find=find,
)
