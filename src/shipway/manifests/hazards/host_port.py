"""A port of the node, which one pod can have."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import POD, containers, pod, pod_patch


def find(setting: Setting) -> Iterator[Found]:
    """Of Deployments: a DaemonSet has one pod on a node."""
    for workload in setting.workloads():
        if workload.kind != "Deployment":
            continue
        if pod(workload).get("hostNetwork") is True:
            yield Found(
                what=f"{workload.called} uses the node's network: a second version finds its port taken.",
                on=workload,
                at=(*POD, "hostNetwork"),
                fix="Give its pods a network of their own.",
                patch=pod_patch(workload, {"hostNetwork": False}),
            )
        for container in containers(workload):
            for index, port in enumerate(container.ports):
                if "hostPort" in port:
                    yield Found(
                        what=f"Port {port['hostPort']} of a node is taken by {workload.called}: a new pod waits "
                        "for "
                        "an old one to go.",
                        on=workload,
                        at=(*container.place, "ports", index, "hostPort"),
                        fix="Remove hostPort; a Service reaches the pods without it.",
                        patch=container.patch(
                            ports=[{"containerPort": port.get("containerPort"), "hostPort": None}]
                        ),
                    )


HAZARD = Hazard(
    name="host-port",
    title="A port of the node",
    why="Where all nodes have an old pod no new one can begin, so a rollout either stands still or has to end "
    "pods that serve first.",
    find=find,
)
