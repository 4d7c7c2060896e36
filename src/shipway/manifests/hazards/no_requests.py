"""A container that asks for no memory."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Limits count: Kubernetes takes them for requests where there are none."""
    for workload, container in setting.serving():
        resources = container.body.get("resources") or {}
        told = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        if "memory" in told:
            continue
        yield Found(
            what=f"Container {container.name} of {workload.called} asks for no memory: it is put on full nodes, "
            "and "
            "is the first to be evicted.",
            on=workload,
            at=container.place,
            fix="Ask for what it needs; these numbers are an example.",
            patch=container.patch(
                resources={"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}}
            ),
        )


HAZARD = Hazard(
    name="no-requests",
    title="No resource requests",
    why="The scheduler counts requests only. Two versions side by side need room that it does not know of, and a "
    "node without memory ends pods that asked for none.",
    level=Level.ADVICE,
    find=find,
)
