"""A liveness probe that asks what the readiness probe asks."""

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting

ASKED = ("httpGet", "grpc", "exec", "tcpSocket")


def find(setting: Setting) -> Iterator[Found]:
    """Of containers that take requests; a socket that listens is no dependency."""
    for workload, container in setting.serving():
        ready, alive = container.body.get("readinessProbe"), container.body.get("livenessProbe")
        if not ready or not alive or _question(ready) != _question(alive) or "tcpSocket" in alive:
            continue
        probe: dict[str, Any] = {"periodSeconds": 10, "failureThreshold": 6}
        if "httpGet" in alive:
            probe["httpGet"] = {**alive["httpGet"], "path": "/health/alive"}
        yield Found(
            what=f"Container {container.name} of {workload.called} is restarted by the same question that only "
            "should take it out of traffic.",
            on=workload,
            at=(*container.place, "livenessProbe"),
            fix="Ask liveness only whether the process works, at an address that asks no dependency.",
            patch=container.patch(livenessProbe=probe),
        )


def _question(probe: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: probe[key] for key in ASKED if key in probe}


HAZARD = Hazard(
    name="probes-alike",
    title="Readiness and liveness ask the same",
    why="When a database is away for a minute, every pod is not ready, which is right; and then every pod is "
    "restarted at once, which makes a minute into many.",
    level=Level.HAZARD,
    find=find,
)
