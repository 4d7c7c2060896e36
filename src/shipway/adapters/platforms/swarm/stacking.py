"""What a Swarm was told in the words of its API, as a stack file says it. Pure.

The other way round than `spec/compose/for_swarm_spec.py`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.platforms.swarm.creating import NANO
from shipway.spec.compose.for_swarm_spec import SAME

Words = Mapping[str, Any]
MEMORY = {"SizeBytes": "size", "Mode": "mode"}
"""Of a tmpfs: the API's word and ours."""


def container_words(spec: Words, *, open_files: int | None) -> dict[str, Any]:
    """Of `ContainerSpec`."""
    names = spec.get("DNSConfig", {})
    limits = {one["Name"]: {"soft": one["Soft"], "hard": one["Hard"]} for one in spec.get("Ulimits", ())}
    opened = {"nofile": {"soft": open_files, "hard": open_files}} if open_files else {}
    return {
        **{ours: spec[theirs] for ours, theirs in SAME.items() if theirs in spec},
        "healthcheck": _healthcheck(spec.get("Healthcheck", {})),
        "extra_hosts": ["=".join(reversed(one.split(" ", 1))) for one in spec.get("Hosts", ())],
        "dns": names.get("Nameservers"),
        "dns_search": names.get("Search"),
        "dns_opt": names.get("Options"),
        "sysctls": spec.get("Sysctls"),
        "ulimits": {**opened, **limits},
    }


def _healthcheck(check: Words) -> Words:
    """Times in nanoseconds, as the API has them."""
    if check.get("Test") == ["NONE"]:
        return {"disable": True}
    names = {"Test": "test", "Retries": "retries"}
    times = {"Interval": "interval", "Timeout": "timeout", "StartPeriod": "start_period"}
    plain = {ours: check[theirs] for theirs, ours in names.items() if theirs in check}
    return {**plain, **{ours: f"{check[theirs] / NANO:g}s" for theirs, ours in times.items() if theirs in check}}


def mounts(spec: Words) -> Iterable[Words]:
    """Those of `ContainerSpec`, in their long form."""
    for one in spec.get("Mounts", ()):
        memory = one.get("TmpfsOptions", {})
        tmpfs = {ours: memory[theirs] for theirs, ours in MEMORY.items() if theirs in memory}
        said = {"type": one["Type"], "target": one["Target"], "read_only": one.get("ReadOnly"), "tmpfs": tmpfs}
        yield {key: value for key, value in said.items() if value}


def task_words(task: Words) -> dict[str, Any]:
    """Of `TaskTemplate`, below the service: who writes its output down."""
    log = task.get("LogDriver")
    return {"logging": {"driver": log["Name"], "options": log.get("Options", {})} if log else None}


def deploy_words(task: Words) -> dict[str, Any]:
    """Of `TaskTemplate`, below `deploy`: the pause between restarts, where tasks are, their processes."""
    delay, placement = task.get("RestartPolicy", {}).get("Delay"), task.get("Placement", {})
    spread = [{"spread": one["Spread"]["SpreadDescriptor"]} for one in placement.get("Preferences", ())]
    return {
        "delay": f"{delay / NANO:g}s" if delay is not None else None,
        "preferences": spread,
        "max_replicas_per_node": placement.get("MaxReplicas"),
        "pids": task.get("Resources", {}).get("Limits", {}).get("Pids"),
    }
