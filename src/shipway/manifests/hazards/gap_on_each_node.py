"""A node without a pod while another one comes."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.manifest import Manifest
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import containers, counted, pod

SURGE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def find(setting: Setting) -> Iterator[Found]:
    """Of DaemonSets that take requests. `kubectl apply` may have both pods on a node; a release stays with one."""
    for workload in dict.fromkeys(workload for workload, _ in setting.serving()):
        if workload.kind != "DaemonSet":
            continue
        may_surge = not (setting.is_by_nodes or _has_port_of_node(workload))
        if may_surge and _surges(workload):
            continue
        yield Found(
            what=f"A node has no pod of {workload.called} while another one comes; with one node nobody answers.",
            on=workload,
            at=("spec",),
            fix="Let a new pod be ready beside the old one."
            if may_surge
            else "Have callers go by a Service of all nodes, and try again.",
            patch=workload.patch(spec={"updateStrategy": SURGE}) if may_surge else None,
        )


def _surges(workload: Manifest) -> bool:
    how = workload.part("spec", "updateStrategy").get("rollingUpdate") or {}
    return bool(counted(how.get("maxSurge", 0), 1, up=True))


def _has_port_of_node(workload: Manifest) -> bool:
    ports = (port for container in containers(workload) for port in container.ports)
    return pod(workload).get("hostNetwork") is True or any("hostPort" in port for port in ports)


HAZARD = Hazard(
    name="gap-on-each-node",
    title="A gap on each node",
    why="A DaemonSet ends a node's pod before it makes the next one. Who asks only the pod of the own node, by a "
    "port of it or `internalTrafficPolicy: Local`, gets no answer meanwhile.",
    find=find,
    level=Level.ADVICE,
)
