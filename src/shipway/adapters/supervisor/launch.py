"""What supervisord starts in place of a command: `python -I -S launch.py <program.json>`.

It sets the exact environment and working directory, sends all output to the log, notes the start, and becomes
the command (`exec`, so the process keeps its number). The log is no pipe to supervisord: a program whose
supervisord was killed could not print any more, and one that prints much would wait for it.
Three things that supervisord lacks happen before that:

* **Adoption.** supervisord does not take back children that lived on after it was killed. A former copy
  that still works, known by the tag in its environment, is waited for instead of fought with. Whoever stops
  this program meanwhile stops that copy, with the same grace; when it ends by itself, this one takes over.
* **Remains.** Workers of a former copy that died without them are ended, with its grace period: they would keep
  its port, and go on serving.
* **A pause that grows and is bounded.** supervisord waits only after ends within `QUICK_SECONDS`, one second
  longer each time, without end. Here each end that comes within `STEADY_SECONDS` of its start doubles the pause,
  up to `PAUSE_SECONDS_MAX`: a program that can run always comes back. What supervisord waited counts.

Only the standard library is imported, and few of its modules: every start pays for them.
"""

# ruff: noqa: PTH103, PTH105, PTH120, PTH112, PTH208
# pathlib would make every start slower.
from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shipway.adapters.supervisor.launch_files import Bounds, Run, Spec

LOOK_SECONDS = 0.1
"""Between two looks at an adopted process."""
STEADY_SECONDS = 60.0
"""A program that lived for so long is not in a loop: its failures are forgotten."""
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 1.0, 30.0
QUICK_SECONDS = 1
"""After an end so soon supervisord waits by itself, also where not even this file can be run."""
LOG_TAIL_BYTES = 65_536
REMAINS_SECONDS = 5.0
"""What was killed and is still there is waited for no longer: it may hang on a disk."""
KILL_MARGIN_SECONDS = 0.3
"""An adopted process is killed this long before supervisord would kill us, who are to kill it."""
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
NOT_STARTED = 127
KILLED_FIRST = 500
"""Of `oom_score_adj` (proc(5)): as if half of the machine's memory were its."""


def born(pid: int) -> str:
    """Which start of the machine and when since; empty where there is no such process, or only its remains.

    With its number this names a process for ever: no number is used twice within a hundredth of a second.
    """
    if sys.platform != "linux":
        import subprocess

        found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, timeout=5)
        return "" if found.stdout.lstrip().startswith(b"Z") else found.stdout.decode().strip()[-24:]
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    if not fields or fields[0] in (b"Z", b"X"):
        return ""
    return f"{_read('/proc/sys/kernel/random/boot_id').decode().strip()}:{fields[19].decode()}"


def is_alive(run: Run | None) -> bool:
    """Whether the copy of that start still works."""
    return run is not None and bool(run["born"]) and born(run["pid"]) == run["born"]


def _read(path: str) -> bytes:
    """A file of a process; nothing where it is gone or another user's."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def read_run(home: str, name: str) -> Run | None:
    """The last start; none before the first."""
    try:
        with open(f"{home}/supervisor/runs/{name}.json", encoding="utf-8") as file:
            run: Run = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError:
        # Half a file after a power cut: every process of that time is gone too.
        return None
    return run


class End(NamedTuple):
    """The end of a program."""

    at: float
    how: str
    """supervisord's words: `exit status 1`, `terminated by SIGKILL`."""
    was_asked: bool
    """Whether supervisord stopped it."""


def last_end(home: str, name: str) -> End | None:
    """When and how the program ended last, as supervisord's own log tells: nothing else keeps it."""
    try:
        with open(f"{home}/supervisor/supervisord.log", "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return None
    line = rf"^(\S+ [\d:]+),(\d+) \w+ (exited|stopped): {re.escape(name)} \(([^();]+)"
    found = list(re.finditer(line, text, re.MULTILINE))
    if not found:
        return None
    stamp, milliseconds, verb, how = found[-1].groups()
    at = time.mktime(time.strptime(stamp, "%Y-%m-%d %H:%M:%S")) + int(milliseconds) / 1000
    return End(at, how.strip(), was_asked=verb == "stopped")


def _write_run(home: str, name: str, run: Run) -> None:
    path = f"{home}/supervisor/runs/{name}.json"
    with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
        json.dump(run, file)
    os.replace(f"{path}.{os.getpid()}", path)


@contextmanager
def _locked(home: str, name: str) -> Iterator[None]:
    """Two launchers of one program meet only after supervisord was killed; one of them then gives way."""
    with open(f"{home}/supervisor/runs/{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _failures(former: Run | None, end: End | None) -> int:
    if former is None or end is None or end.was_asked or end.at < former["at"]:
        return 0
    return former["failures"] + 1 if end.at - former["at"] <= STEADY_SECONDS else 1


def pause_seconds(failures: int) -> float:
    """Before the next start: 0, 1, 2, 4, 8, 16, 30, 30, …"""
    return min(PAUSE_SECONDS * 2.0 ** (failures - 2), PAUSE_SECONDS_MAX) if failures > 1 else 0.0


def _next_run(spec: Spec, former: Run | None) -> Run:
    end = last_end(spec["home"], spec["name"])
    return {
        "pid": os.getpid(),
        "born": born(os.getpid()),
        "at": time.time(),
        "starts": former["starts"] + 1 if former else 1,
        "failures": _failures(former, end),
        "ended": end.how if former and end else "",
        "digest": spec["digest"],
        "pause_until": 0.0,
        "session": os.getsid(0),
    }


def _send(run: Run, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(run["pid"], number)


def _give_way(parent: int) -> None:
    """Without the supervisord that started us, a later one's launcher does what we were to do."""
    if os.getppid() != parent or not is_supervisord(parent):
        sys.exit(0)


def is_supervisord(pid: int) -> bool:
    """Whether that process is one; it may have been gone before we could ask who our parent is."""
    return sys.platform != "linux" or b"supervisord" in _read(f"/proc/{pid}/cmdline")


class _Adoption:
    """Stands in for a former copy until it ends; signals meant for the program reach that copy."""

    def __init__(self, spec: Spec, run: Run) -> None:
        self.spec, self.run = spec, run
        self.kill_at = 0.0
        for number in FORWARDED:
            signal.signal(number, self._forward)

    def _forward(self, number: int, _frame: object) -> None:
        if number not in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            send_each([self.run["pid"]], number)
            return
        _send(self.run, number)
        if not self.kill_at:
            self.kill_at = time.monotonic() + self.spec["stop_seconds"] - KILL_MARGIN_SECONDS

    def wait(self, parent: int) -> None:
        while is_alive(self.run):
            _give_way(parent)
            if self.kill_at and time.monotonic() > self.kill_at:
                _send(self.run, signal.SIGKILL)
            time.sleep(LOOK_SECONDS)
        if self.kill_at:
            _end_remains(self.spec, self.run, seconds=max(0.0, self.kill_at - time.monotonic()))
            sys.exit(0)
        for number in FORWARDED:
            signal.signal(number, signal.SIG_DFL)


def _end_remains(spec: Spec, run: Run | None, *, seconds: float) -> None:
    for _ in ending_remains(spec, run, seconds=seconds):
        time.sleep(LOOK_SECONDS)


def ending_remains(spec: Spec, run: Run | None, *, seconds: float) -> Iterator[None]:
    """End what is left of a copy whose main process is gone; a step for each look until it is."""
    if not (left := remains(spec, run)):
        return
    tell(spec, f"its former process left {told(left)} behind, which get SIGTERM")
    kill_at = time.monotonic() + seconds
    send_each(left, signal.SIGTERM)
    while (left := remains(spec, run)) and time.monotonic() < kill_at + REMAINS_SECONDS:
        if time.monotonic() >= kill_at:
            send_each(left, signal.SIGKILL)
        yield
    if left:
        tell(spec, f"{told(left)} do not end, though they were killed")


def remains(spec: Spec, run: Run | None) -> list[int]:
    """Processes of a copy whose main one is gone; only where the system shows processes as files.

    They carry the program's tag, in its former group or, as what leads a session of its own, elsewhere. Who wrote
    a title over its environment is known by group and session: a number is not given again while a group has it.
    """
    if run is None or not run["born"] or is_alive(run) or not os.path.isdir("/proc/self"):
        return []
    is_same_boot = born(os.getpid()).partition(":")[0] == run["born"].partition(":")[0]
    group = run["pid"] if is_same_boot and not born(run["pid"]) else 0
    numbers = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [pid for pid in numbers if pid != os.getpid() and _is_of(pid, spec, group, run.get("session", -1))]


def _is_of(pid: int, spec: Spec, group: int, session: int) -> bool:
    is_in_group = is_in(pid, group=group)
    if not is_in_group and spec.get("once", True):
        return False
    variables = set(_read(f"/proc/{pid}/environ").split(b"\0"))
    if any(variable.startswith(b"SHIPWAY_PROGRAM=") for variable in variables):
        tag = {f"SHIPWAY_HOME={spec['home']}".encode(), f"SHIPWAY_PROGRAM={spec['name']}".encode()}
        return tag <= variables and bool(born(pid))
    return is_in_group and is_in(pid, session=session) and bool(born(pid))


def is_in(pid: int, *, group: int = 0, session: int = 0) -> bool:
    """Whether a process is in that group, or else in that session; 0 is none."""
    try:
        return os.getpgid(pid) == group if group else bool(session) and os.getsid(pid) == session
    except ProcessLookupError:
        return False


def send_each(pids: Iterable[int], number: int) -> None:
    """A signal to each that is still there and ours."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def told(pids: Sequence[int]) -> str:
    """`processes 12, 13 (python app.py)`."""
    command = _read(f"/proc/{pids[0]}/cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    return f"process{'es' if len(pids) > 1 else ''} {', '.join(map(str, pids))} ({command[:200]})"


def tell(spec: Spec, text: str) -> None:
    """A line in the program's own log."""
    with open(_log(spec["log"]), "w", encoding="utf-8") as log:
        log.write(f"shipway: {text}\n")


def _pause(spec: Spec, former: Run | None, parent: int) -> None:
    end = last_end(spec["home"], spec["name"])
    if former is None or end is None:
        return
    until = end.at + min(pause_seconds(_failures(former, end)), spec.get("pause_max", PAUSE_SECONDS_MAX))
    if until > time.time():
        _write_run(spec["home"], spec["name"], {**former, "pause_until": until})
    while time.time() < until:
        _give_way(parent)
        time.sleep(LOOK_SECONDS)


def _take_over(spec: Spec, parent: int) -> Run | None:
    """Note this start as the last one; a former copy that came meanwhile is returned instead."""
    with _locked(spec["home"], spec["name"]):
        former = read_run(spec["home"], spec["name"])
        if is_alive(former):
            return former
        _give_way(parent)
        _end_remains(spec, former, seconds=spec["stop_seconds"])
        _write_run(spec["home"], spec["name"], _next_run(spec, former))
        return None


def _log(path: str) -> int:
    """Appending, so that a rotation may cut the file at any time."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _open_log(path: str) -> None:
    log = _log(path)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _bind(bounds: Bounds) -> None:
    """What lasts over `exec`. Raises `OSError`, or `ValueError` above the system's own limit."""
    if bounds["open_files"] is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (bounds["open_files"], bounds["open_files"]))
    if bounds["nice"] is not None:
        os.setpriority(os.PRIO_PROCESS, 0, bounds["nice"])
    if bounds["killed_first"] and sys.platform == "linux":
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(str(KILLED_FIRST))
    if bounds["umask"] is not None:
        os.umask(bounds["umask"])


def _become(account: list[int]) -> None:
    """Another user, for good."""
    user, group, *groups = account
    os.setgroups(groups)
    os.setgid(group)
    os.setuid(user)


def launch(spec: Spec) -> None:
    """Become the program, as soon as no former copy of it works."""
    parent = os.getppid()
    with _locked(spec["home"], spec["name"]):
        _end_remains(spec, read_run(spec["home"], spec["name"]), seconds=spec["stop_seconds"])
    _pause(spec, read_run(spec["home"], spec["name"]), parent)
    while former := _take_over(spec, parent):
        _Adoption(spec, former).wait(parent)
    try:
        _open_log(spec["log"])
        os.chdir(spec["directory"])
        if bounds := spec.get("bounds"):
            _bind(bounds)
            if bounds["account"] and not spec["secrets"]:
                # With secrets it is done once they are read.
                _become(bounds["account"])
        os.execvpe(spec["argv"][0], spec["argv"], spec["environment"])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        sys.stderr.write(f"shipway: cannot start {spec['argv'][0]} in {spec['directory']}: {why}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as specification:
        launch(json.load(specification))
