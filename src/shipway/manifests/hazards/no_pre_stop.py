"""A pod that ends in the same second in which its address is taken away."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import delay_seconds, grace_seconds

DELAY_SECONDS = 10


def find(setting: Setting) -> Iterator[Found]:
    """In a release Shipway drains a pod before it ends; a node that is drained, or `kubectl`, does not."""
    when = ", when its node is drained" if setting.is_derived else ""
    for workload, container in setting.serving():
        if delay_seconds(container.body) != 0:
            continue
        grace = DELAY_SECONDS + int(setting.request_seconds)
        more = {"terminationGracePeriodSeconds": grace} if grace > grace_seconds(workload) else {}
        yield Found(
            what=f"Container {container.name} of {workload.called} is told to end while it gets requests{when}.",
            on=workload,
            at=container.place,
            fix="Let it serve on for a few seconds. `sleep` needs Kubernetes 1.30, and no shell in the image.",
            patch=container.patch(more, lifecycle={"preStop": {"sleep": {"seconds": DELAY_SECONDS}}}),
            level=Level.ADVICE if setting.is_derived else None,
        )


HAZARD = Hazard(
    name="no-pre-stop",
    title="No delay before the end",
    why="The word to end goes to the pod and to the proxies at the same time, and those need up to some seconds "
    "to "
    "take its address away. A server that stops listening at once refuses what they still send.",
    find=find,
)
