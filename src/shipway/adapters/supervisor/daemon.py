"""Starts supervisord, waits for its end, and ends what it left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from shipway.adapters.supervisor import durable, launch, rpc
from shipway.adapters.supervisor.configuration import Places, text
from shipway.adapters.supervisor.environment import inherited
from shipway.adapters.supervisor.launch_files import Run, Spec
from shipway.errors import PortError

START_SECONDS = 20.0
LOOK_SECONDS = 0.05
PING_SECONDS = 5.0
EJECTED = "ejected"
"""A file in SHIPWAY_HOME: what ran here was handed back, and others keep it."""
ASKED, KILLED = b"asked to end", b"killed"


def is_running(places: Places) -> bool:
    """Whether a supervisord answers. Raises `PortError` when one is there and does not."""
    try:
        return bool(rpc.call(places.socket, "supervisor.getPID", timeout_seconds=PING_SECONDS))
    except rpc.NotRunning:
        return False
    except rpc.Fault as fault:
        if fault.number == rpc.Code.SHUTTING_DOWN:
            return False
        raise


def ensure(places: Places) -> None:
    """Have one supervisord; it outlives us. Two callers at once start one."""
    if is_running(places):
        return
    if (places.home / EJECTED).exists():
        raise _was_ejected(places)
    prepare(places)
    with durable.locked(places.lock, timeout_seconds=START_SECONDS):
        if not is_running(places):
            _await_end(places, deadline=time.monotonic() + START_SECONDS)
            _start(places)


def _was_ejected(places: Places) -> PortError:
    return PortError(
        "this SHIPWAY_HOME was handed back by `shipway eject`",
        where=str(places.home / EJECTED),
        why="Another proxy has its port, and two that do not know of each other would share its requests.",
        fix="Set SHIPWAY_HOME to a new folder; or end that proxy, remove this file, and deploy.",
    )


def prepare(places: Places) -> None:
    """Write all that supervisord needs to start alone."""
    for directory in (places.sections, places.programs, places.runs):
        durable.directory(directory)
    content = text(places).encode()
    if durable.read(places.configuration) != content:
        durable.replace(places.configuration, content)


def _start(places: Places) -> None:
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(places.configuration)]
    try:
        done = subprocess.run(
            command,
            env=inherited(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            timeout=START_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_started(places, f"It was not up after {START_SECONDS:g} seconds.") from error
    if done.returncode != 0 and not is_running(places):
        # systemd, or a person, may have started it in the same moment.
        raise _not_started(places, _last_line(done.stderr.decode(errors="replace")))


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("For help")]
    return lines[-1] if lines else "It said nothing."


def _not_started(places: Places, why: str) -> PortError:
    return PortError(
        "the supervisor does not start",
        where=str(places.configuration),
        why=why,
        fix=f"Run it by hand to see more: {sys.executable} -m supervisor.supervisord -n -c {places.configuration}",
    )


def pid(places: Places) -> int | None:
    """Of the supervisord that works, or none."""
    found = durable.read(places.pid_file)
    number = int(found) if found and found.strip().isdigit() else 0
    return number if number and launch.born(number) else None


def _await_end(places: Places, *, deadline: float) -> None:
    """A supervisord that is shutting down holds its programs until the last has ended."""
    while _is_ours(places, pid(places)):
        if time.monotonic() > deadline:
            raise PortError(
                "a former supervisor does not end",
                where=str(places.pid_file),
                why="It does not answer, and its process still exists.",
                fix="Look into supervisord.log beside it, then end that process.",
            )
        # A question wakes supervisord, which otherwise notices the end of its last program a second late.
        with contextlib.suppress(PortError):
            is_running(places)
        time.sleep(LOOK_SECONDS)


def _is_ours(places: Places, number: int | None) -> bool:
    """The number in the file may be another process's by now; supervisord's command line names its file."""
    if number is None:
        return False
    try:
        return os.fsencode(places.configuration) in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return sys.platform != "linux"


def shut_down(places: Places, *, timeout_seconds: float) -> None:
    """End supervisord and every program, orphans too. Raises `PortError` when that takes too long."""
    deadline = time.monotonic() + timeout_seconds
    try:
        rpc.call(places.socket, "supervisor.shutdown")
    except rpc.NotRunning:
        pass
    except rpc.Fault as fault:
        if fault.number != rpc.Code.SHUTTING_DOWN:
            raise
    _await_end(places, deadline=deadline)
    _clear(places)
    for name in tuple(path.stem for path in places.runs.glob("*.json")):
        for _ in chain(ending(places, name), ending_remains(places, name)):
            time.sleep(LOOK_SECONDS)


def _clear(places: Places) -> None:
    """What a killed supervisord left would say that it is to be replaced."""
    if not places.directory.is_dir():
        return
    with durable.locked(places.lock):
        if not is_running(places):
            places.pid_file.unlink(missing_ok=True)
            places.socket.unlink(missing_ok=True)


def ending(places: Places, name: str) -> Iterator[None]:
    """End a program's process, whoever its parent is, with its grace period.

    A step for each look until it is gone, none where none works. supervisord starts it again, if
    one cares for it.
    """
    run = launch.read_run(str(places.home), name)
    if run is None or not launch.is_alive(run):
        return
    kill_at = time.monotonic() + grace(places, name)
    _signal_group(run["pid"], signal.SIGTERM)
    while launch.is_alive(run):
        if time.monotonic() > kill_at:
            _signal_group(run["pid"], signal.SIGKILL)
        yield


def ending_remains(places: Places, name: str) -> Iterator[None]:
    """End what a program left behind that is not started again, with its grace period; a step for each look."""
    spec = _spec(places, name)
    if spec is not None:
        run = launch.read_run(str(places.home), name)
        yield from launch.ending_remains(spec, run, seconds=spec["stop_seconds"])


def end_leftover(places: Places, name: str) -> bool:
    """One step to end what no supervisord has: a process that outlived it, or workers that outlived their main
    process; returns whether all is gone.

    When it was asked to end is told by the file that marks its removal, so any number of callers do it together.
    """
    run, spec = launch.read_run(str(places.home), name), _spec(places, name)
    left = [] if run is None else _left(run, spec)
    if run is None or not left:
        return True
    said = durable.read(places.removed(name))
    if said not in (ASKED, KILLED) and not _were_asked(places, name, run, left):
        _send(places, name, left, signal.SIGTERM)
    elif said == KILLED or time.time() - places.removed(name).stat().st_mtime > grace(places, name):
        _send(places, name, left, signal.SIGKILL)
    return False


def _left(run: Run, spec: Spec | None) -> list[int]:
    """What is signalled as a group comes as that group's negative number (kill(2))."""
    if launch.is_alive(run):
        return [-run["pid"]]
    return launch.remains(spec, run) if spec else []


def _were_asked(places: Places, name: str, run: Run, left: Sequence[int]) -> bool:
    """Whether supervisord sent them its stop signal with their main process; a second one may cut work short."""
    end = launch.last_end(str(places.home), name)
    was_stopped = end is not None and end.was_asked and end.at >= run["at"]
    return was_stopped and all(launch.is_in(pid, group=run["pid"]) for pid in left)


def _send(places: Places, name: str, left: Sequence[int], number: signal.Signals) -> None:
    """Said once, in the file and in the program's log."""
    word = KILLED if number == signal.SIGKILL else ASKED
    spec = _spec(places, name)
    if durable.read(places.removed(name)) != word:
        durable.replace(places.removed(name), word)
        if spec is not None and left[0] > 0:
            launch.tell(spec, f"it left {launch.told(left)} behind, which get {number.name}")
    launch.send_each(left, number)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def grace(places: Places, name: str) -> float:
    """Seconds from its stop signal to its kill."""
    spec = _spec(places, name)
    return spec["stop_seconds"] if spec else 0.0


def _spec(places: Places, name: str) -> Spec | None:
    found = durable.read(places.program(name))
    spec: Spec | None = json.loads(found) if found else None
    return spec
