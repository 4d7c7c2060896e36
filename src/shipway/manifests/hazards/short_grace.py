"""A pod that is killed with requests in its hands."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import POD, delay_seconds, grace_seconds, pod, pod_patch


def find(setting: Setting) -> Iterator[Found]:
    """The delay counts: its seconds are of the same grace period. Shipway's own releases drain before it."""
    for workload, container in setting.serving():
        delay, grace = delay_seconds(container.body) or 0.0, grace_seconds(workload)
        needed = delay + setting.request_seconds
        if grace >= needed:
            continue
        at = (*POD, "terminationGracePeriodSeconds") if "terminationGracePeriodSeconds" in pod(workload) else POD
        yield Found(
            what=f"{workload.called} has {grace:g} s to end: a delay of {delay:g} s, and requests of up to "
            f"{needed - delay:g} s.",
            on=workload,
            at=at,
            fix=f"Give it {needed:g} s.",
            patch=pod_patch(workload, {"terminationGracePeriodSeconds": int(needed)}),
            level=Level.ADVICE if setting.is_derived and grace >= delay else None,
        )


HAZARD = Hazard(
    name="short-grace",
    title="A grace period shorter than requests",
    why="When terminationGracePeriodSeconds are over, the pod is killed with the requests that it works on.",
    find=find,
)
