"""A preStop hook that needs a shell."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import delay_seconds


def find(setting: Setting) -> Iterator[Found]:
    """Where all it does is wait."""
    for workload, container in setting.serving():
        hook = (container.body.get("lifecycle") or {}).get("preStop") or {}
        seconds = delay_seconds(container.body)
        if not hook.get("exec") or not seconds:
            continue
        yield Found(
            what=f"The delay before the end of {container.name} in {workload.called} needs a program in its "
            "image.",
            on=workload,
            at=(*container.place, "lifecycle", "preStop"),
            fix="From Kubernetes 1.30 the node itself can wait.",
            patch=container.patch(lifecycle={"preStop": {"exec": None, "sleep": {"seconds": int(seconds)}}}),
        )


HAZARD = Hazard(
    name="shell-before-stop",
    title="A delay that needs a shell",
    why="Where the image has no shell the hook fails, and the container is told to end at once: the delay is "
    "not there, "
    "and only an event says so.",
    level=Level.ADVICE,
    find=find,
)
