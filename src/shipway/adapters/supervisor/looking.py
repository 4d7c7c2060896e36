"""What supervisord reports, completed by what `launch.py` noted."""

import signal
import time
from typing import TypedDict

from shipway.adapters.supervisor import launch
from shipway.adapters.supervisor.configuration import Places
from shipway.adapters.supervisor.launch_files import Run
from shipway.adapters.supervisor.program import Process

NOT_RUNNING = ("STOPPED", "BACKOFF", "EXITED", "FATAL", "UNKNOWN")


class Info(TypedDict):
    """The part of `supervisor.getProcessInfo` that we read."""

    name: str
    statename: str
    pid: int
    start: int
    description: str


def look(info: Info, places: Places) -> Process:
    """One program as it is now."""
    name, home = info["name"], str(places.home)
    run = launch.read_run(home, name)
    if run is None:
        return Process(name=name, state=info["statename"], detail=_trouble(info))
    orphan = run["pid"] != info["pid"] and launch.is_alive(run)
    waits = not orphan and run["pause_until"] > time.time() and info["statename"] in ("STARTING", "RUNNING")
    state = "BACKOFF" if waits else info["statename"]
    has_launched = orphan or run["pid"] == info["pid"]
    ended = _ended(run, home=home, name=name, is_over=state in NOT_RUNNING)
    return Process(
        name=name,
        state=_orphan_state(state) if orphan else state,
        pid=run["pid"] if has_launched else None,
        started_at=run["at"],
        restarts=run["starts"] - 1,
        exit_code=exit_code(ended),
        detail=_detail(state, ended, run=run, orphan=orphan, has_launched=has_launched) or _trouble(info),
        orphan=orphan,
    )


def _orphan_state(state: str) -> str:
    """Its launcher waits in supervisord's list, and is asked to stop in its place."""
    return state if state == "STOPPING" else "RUNNING"


def _ended(run: Run, *, home: str, name: str, is_over: bool) -> str:
    """How it ended last; the next start will note it, until then only the log knows."""
    found = launch.last_end(home, name) if is_over else None
    return found.how if found and found.at >= run["at"] else run["ended"]


def exit_code(ended: str) -> int | None:
    """`exit status 1` is 1; `terminated by SIGKILL` is -9, as Python's subprocess says it."""
    words = ended.removesuffix(" (core dumped)").split()
    if words[:2] == ["exit", "status"]:
        return int(words[2])
    if words[:2] == ["terminated", "by"]:
        return -signal.Signals[words[2]].value if words[2] in signal.Signals.__members__ else None
    return None


def _detail(state: str, ended: str, *, run: Run, orphan: bool, has_launched: bool) -> str:
    if orphan:
        return "its supervisor was killed; it works on alone"
    if state == "BACKOFF":
        return f"{_spoken(ended)}, restarting ({_times(run['starts'])})"
    if state in ("EXITED", "FATAL"):
        return _spoken(ended)
    return "stopped" if state == "STOPPED" else "" if has_launched else "starting"


def _spoken(ended: str) -> str:
    return f"exited with {ended.split()[-1]}" if ended.startswith("exit status") else ended or "ended"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _trouble(info: Info) -> str:
    """What supervisord itself could not do, such as to fork."""
    return info["description"] if info["statename"] in ("BACKOFF", "FATAL", "UNKNOWN") else ""
