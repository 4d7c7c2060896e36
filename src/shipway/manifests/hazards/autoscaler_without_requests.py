"""An autoscaler by a share of what nobody asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import containers, pod_patch

EXAMPLE = {"cpu": "100m", "memory": "256Mi"}


def find(setting: Setting) -> Iterator[Found]:
    """Utilization is of the requests of all containers."""
    for workload in setting.workloads():
        for scaler in setting.autoscalers_of(workload):
            for name in sorted({_share(metric) for _, metric in scaler.each("spec", "metrics")} - {""}):
                bare = [one for one in containers(workload) if name not in _asked(one.body)]
                if not bare:
                    continue
                given = [
                    {"name": one.name, "resources": {"requests": {name: EXAMPLE.get(name, "1")}}} for one in bare
                ]
                yield Found(
                    what=f"{scaler.called} scales by a share of {name}, and container {bare[0].name} asks for "
                    "none.",
                    on=workload,
                    at=bare[0].place,
                    fix="Ask for what it needs; the number is an example.",
                    patch=pod_patch(workload, {"containers": given}),
                )


def _share(metric: Mapping[str, Any]) -> str:
    resource = metric.get("resource") or {}
    is_share = (resource.get("target") or {}).get("type") == "Utilization"
    return str(resource.get("name", "")) if metric.get("type") == "Resource" and is_share else ""


def _asked(container: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = container.get("resources") or {}
    return {**(resources.get("limits") or {}), **(resources.get("requests") or {})}


HAZARD = Hazard(
    name="autoscaler-without-requests",
    title="A share of nothing",
    why="The autoscaler reports FailedGetResourceMetric and never scales, so a version that has too few pods "
    "keeps "
    "too few.",
    find=find,
)
