"""A pod that ends in the same second in which its address is taken away."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import ENVOY, Setting
from shipway.manifests.workloads import delay_seconds, grace_seconds

DELAY_SECONDS = 10


def find(setting: Setting) -> Iterator[Found]:
    """Envoy is told, and has confirmed, before Shipway ends a pod; nobody else waits."""
    if setting.traffic == ENVOY:
        return
    for workload, container in setting.serving():
        if delay_seconds(container.body) != 0:
            continue
        grace = DELAY_SECONDS + int(setting.request_seconds)
        more = {"terminationGracePeriodSeconds": grace} if grace > grace_seconds(workload) else {}
        yield Found(
            what=f"Container {container.name} of {workload.called} is told to end while requests still come to "
            "it.",
            on=workload,
            at=container.place,
            fix="Let it serve on for a few seconds. `sleep` needs Kubernetes 1.30, and no shell in the image.",
            patch=container.patch(more, lifecycle={"preStop": {"sleep": {"seconds": DELAY_SECONDS}}}),
        )


HAZARD = Hazard(
    name="no-pre-stop",
    title="No delay before the end",
    why="The word to end goes to the pod and to the proxies at the same time, and those need up to some seconds "
    "to "
    "take its address away. A server that stops listening at once refuses what they still send.",
    find=find,
)
