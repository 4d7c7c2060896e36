"""A worker's heartbeat as a HEALTHCHECK: the Swarm sees it on any node, and starts again one that hangs. Pure."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.platforms.swarm.creating import NANO
from shipway.adapters.replicas.health import Heartbeat

FOLDER = "/run/shipway"
FILE = f"{FOLDER}/heartbeat"
LOOKS = 3
"""So many in a row see no new beat before it counts as one that hangs."""
FOR_ALL = 0o1777
START_SECONDS = 1.0
"""Looks are no closer than this."""


def seen(container_spec: Mapping[str, Any], beat: Heartbeat | None) -> Mapping[str, Any]:
    """With a folder in memory for the beat, and a look at its age where the stack file has none of its own."""
    if beat is None:
        return container_spec
    mounts = [*container_spec.get("Mounts", ()), _memory()]
    return {"Healthcheck": _look(beat.within), **container_spec, "Mounts": mounts}


def _memory() -> Mapping[str, Any]:
    return {"Type": "tmpfs", "Target": FOLDER, "TmpfsOptions": {"Mode": FOR_ALL}}


def _look(within: float) -> Mapping[str, Any]:
    """By the image's own shell, which has `date` and `stat`."""
    age = f"$(($(date +%s) - $(stat -c %Y {FILE})))"
    script = f"test -f {FILE} || {{ echo no heartbeat yet; exit 1; }}; test {age} -le {max(1, round(within))}"
    every = round(within * NANO)
    return {
        "Test": ["CMD-SHELL", f"{script} || {{ echo the last heartbeat was {age} s ago; exit 1; }}"],
        "Interval": max(round(START_SECONDS * NANO), every // LOOKS),
        "Timeout": every,
        "Retries": LOOKS,
        "StartPeriod": every,
    }
