"""What Docker says of a container, in the words of this home. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shipway.adapters.platforms.docker import labels
from shipway.adapters.platforms.docker.creating import NANO, RESTART
from shipway.adapters.replicas.records import ReplicaRecord
from shipway.adapters.supervisor import Process
from shipway.model.metric import size

NEVER = "0001-01-01T00:00:00Z"
STATES = {
    "created": "STOPPED",
    "running": "RUNNING",
    "paused": "RUNNING",
    "restarting": "BACKOFF",
    "removing": "STOPPING",
    "exited": "STOPPED",
    "dead": "STOPPED",
}


def process(inspected: dict[str, Any], *, restarts: int = 0, last_exit: int | None = None) -> Process:
    """A container as a kept program. `restarts` are those that the engine does not count any more."""
    state = inspected["State"]
    status, pid = state["Status"], state["Pid"] or None
    return Process(
        name=labels.replica_of(inspected),
        state=STATES.get(status, "UNKNOWN"),
        pid=pid,
        started_at=seconds(state["StartedAt"]),
        restarts=inspected["RestartCount"] + restarts,
        exit_code=_code(last_exit if pid else state["ExitCode"]),
        detail="" if pid else _why(state),
        unwell=_unwell(state),
    )


def changed(inspected: Mapping[str, Any], record: ReplicaRecord) -> str:
    """What other hands changed of how it is run, in a few words; empty where it is as it was made."""
    container = record.container
    assert container is not None
    if (name := inspected["Name"].removeprefix("/")) != record.id:
        return f"it was renamed {name}"
    config, host = inspected["Config"], inspected["HostConfig"]
    if config["Image"] != container.image:
        return f"it runs {config['Image']}"
    if (host.get("Memory") or 0) != (container.memory or 0):
        return f"it may take {size(host['Memory'])}" if host.get("Memory") else "it may take any memory"
    if (host.get("NanoCpus") or 0) != round((container.cpus or 0) * NANO):
        return "it gets another share of the processors"
    if (policy := host["RestartPolicy"]["Name"]) != RESTART["Name"]:
        return f"its restart policy is {policy or 'no'}"
    if container.network not in inspected["NetworkSettings"]["Networks"]:
        return f"it left the network {container.network}"
    return ""


def _why(state: dict[str, Any]) -> str:
    if state.get("Error"):
        return str(state["Error"])
    if state["Status"] == "created":
        return "not started yet"
    out_of_memory = ", out of memory" if state.get("OOMKilled") else ""
    code = _code(state["ExitCode"]) or 0
    return (f"killed by signal {-code}" if code < 0 else f"exited with {code}") + out_of_memory


def _unwell(state: dict[str, Any]) -> str:
    """What its own HEALTHCHECK says, where the image has one."""
    if state["Status"] == "paused":
        return "paused by other hands"
    told = (state.get("Health") or {}).get("Status", "none")
    if told == "starting":
        return "its HEALTHCHECK has not answered yet"
    return f"its HEALTHCHECK fails{_said(state['Health'])}" if told == "unhealthy" else ""


def _said(health: dict[str, Any]) -> str:
    """The last line of its last answer."""
    log = health.get("Log") or []
    lines = str(log[-1].get("Output", "")).strip().splitlines() if log else []
    return f": {lines[-1][:120]}" if lines else ""


def _code(told: int | None) -> int | None:
    """As Python writes it: minus the signal's number where one ended it. A shell adds 128 to that."""
    return told if told is None or told <= 128 else 128 - told


def seconds(told: str) -> float:
    """Since the epoch, from RFC 3339 with nanoseconds; 0 where it never was."""
    if told == NEVER:
        return 0.0
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", told)
    if found is None:
        return 0.0
    zone = "+00:00" if found[3] == "Z" else found[3]
    return datetime.fromisoformat(found[1] + zone).timestamp() + float(found[2] or 0)
