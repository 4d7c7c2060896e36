"""A container that takes requests, and is never asked whether it can."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Shipway's own deployments get the probe of the release file."""
    for workload, container in setting.serving():
        if container.body.get("readinessProbe"):
            continue
        port = container.ports[0].get("containerPort", 8080) if container.ports else 8080
        probe = {"httpGet": {"path": "/health/ready", "port": port}, "periodSeconds": 2, "failureThreshold": 2}
        is_given = setting.is_derived
        yield Found(
            what=f"Container {container.name} of {workload.called} has no readiness probe; Shipway asks "
            "`health.ready` of the release file."
            if is_given
            else f"Container {container.name} of {workload.called} gets requests as soon as its process runs.",
            on=workload,
            at=container.place,
            fix="Ask it whether it can serve.",
            patch=container.patch(readinessProbe=probe),
            level=Level.ADVICE if is_given else None,
        )


HAZARD = Hazard(
    name="no-readiness-probe",
    title="No readiness probe",
    why="A pod without one counts as ready when its process has begun: requests come before it listens, and a "
    "rollout takes the next old pod away at once.",
    find=find,
)
