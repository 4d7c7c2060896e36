"""What a Swarm says of a service and its tasks, in the words of this home. Pure.

A task is one run of the service: the Swarm makes a new one each time, and remembers the last few.
https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/
"""

from typing import Any

from msgspec import Struct

from shipway.adapters.platforms.docker.seeing import seconds
from shipway.adapters.supervisor import Process

ALIVE = ("starting", "running")
ENDED = ("complete", "failed", "shutdown", "rejected", "orphaned", "remove")
NO_TASK = "the Swarm has no task for it"
NO_HEALTH_YET = "its HEALTHCHECK has not answered yet"
CODE_OF_SIGNAL = 128


class Seen(Struct, frozen=True, kw_only=True):
    """One service."""

    service: dict[str, Any]
    tasks: tuple[dict[str, Any], ...]
    """In the order of their creation."""

    @property
    def name(self) -> str:
        """Of its replica."""
        name: str = self.service["Spec"]["Name"]
        return name

    @property
    def current(self) -> dict[str, Any] | None:
        """The run that is under way, or the last one."""
        ongoing = [task for task in self.tasks if state(task) not in ENDED]
        return next(iter(reversed(ongoing or self.tasks)), None)

    @property
    def ended(self) -> tuple[dict[str, Any], ...]:
        """The runs before."""
        return tuple(task for task in self.tasks if state(task) in ENDED)

    @property
    def node(self) -> str:
        """Where it runs; empty while nobody knows."""
        return str((self.current or {}).get("NodeID", ""))


def state(task: dict[str, Any]) -> str:
    """As it is, whatever is desired."""
    return str(task["Status"]["State"])


def process(seen: Seen, *, restarts: int, is_here: bool, changed: str = "", name: str = "") -> Process:
    """A service as a kept program. `is_here`: whether its node is this machine.

    One that other hands changed is nobody's: it works on until another one is in its place.
    """
    task = seen.current
    if task is None:
        waits = _waiting(seen)
        return Process(name=name or seen.name, state=waits, detail=NO_TASK, changed=changed, orphan=bool(changed))
    status, run = task["Status"], task["Status"].get("ContainerStatus") or {}
    pid = run.get("PID") or None if state(task) in ALIVE else None
    last = seen.ended[-1] if seen.ended else None
    return Process(
        name=name or seen.name,
        state="RUNNING" if pid else _waiting(seen) if state(task) in ENDED else "STARTING",
        pid=pid,
        started_at=seconds(status["Timestamp"]) if pid else 0.0,
        restarts=restarts,
        exit_code=_code(last),
        detail="" if pid else _why(task, last),
        unwell=NO_HEALTH_YET if pid and state(task) == "starting" else "",
        changed=changed,
        orphan=bool(changed),
        is_here=is_here,
    )


def removed(name: str) -> Process:
    """One that the Swarm had, and has not any more."""
    return Process(name=name, state="STOPPED", detail=NO_TASK, changed="it was removed", orphan=True)


def _waiting(seen: Seen) -> str:
    """A service of no tasks stands still; any other one is started again soon."""
    return "BACKOFF" if seen.service["Spec"]["Mode"].get("Replicated", {}).get("Replicas") else "STOPPED"


def _why(task: dict[str, Any], last: dict[str, Any] | None) -> str:
    """Why no process runs: what the task waits for, or how the last run ended."""
    status = task["Status"]
    if state(task) == "starting":
        return NO_HEALTH_YET
    if state(task) not in ENDED and status.get("Err"):
        return str(status["Err"])
    if last is None:
        return str(status.get("Message") or state(task))
    code = _code(last)
    if code is None or (code == 0 and last["Status"].get("Err")):
        return str(last["Status"].get("Err") or last["Status"].get("Message") or state(last))
    return f"killed by signal {-code}" if code < 0 else f"exited with {code}"


def _code(task: dict[str, Any] | None) -> int | None:
    """Of a run that had a container; minus the signal's number where one ended it."""
    run = (task or {}).get("Status", {}).get("ContainerStatus") or {}
    if not run.get("ContainerID"):
        return None
    code = int(run.get("ExitCode") or 0)
    return CODE_OF_SIGNAL - code if code > CODE_OF_SIGNAL else code
