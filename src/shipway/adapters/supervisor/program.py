"""A program that is kept alive, and what is seen of it."""

import math
import re
import shlex
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import launch, secret_environment
from shipway.adapters.supervisor.account import Account, numbers, variables
from shipway.adapters.supervisor.configuration import Places
from shipway.adapters.supervisor.launch_files import Bounds as LaunchBounds
from shipway.adapters.supervisor.launch_files import Spec
from shipway.errors import PortError

STARTS_MAX = 1_000_000
"""Quick ends in a row until supervisord gives up."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Secrets(Struct, frozen=True, kw_only=True):
    """Where secrets are, and the keyed hash of what they were when the revision was made."""

    sources: tuple[Mapping[str, str], ...]
    """Each `{"file": PATH}` or `{"command": LINE}`."""
    directory: str
    digest: str
    key: str
    """Path of the hash's key."""


class Bounds(Struct, frozen=True, kw_only=True):
    """What a program may, where that is not what its supervisor may."""

    account: Account | None = None
    """Another user."""
    umask: int | None = None
    open_files: int | None = None
    nice: int | None = None
    killed_first: bool = False
    """Whether the system, when it is out of memory, ends this one before others."""


class Program(Struct, frozen=True, kw_only=True):
    """What runs, and how it is kept alive. Times in seconds, rounded up to whole ones by supervisord."""

    name: str
    command: str
    """A command line; it is split as a shell would, but no shell runs it."""
    directory: str
    environment: Mapping[str, str] = {}
    """Added to the few variables that every program gets (`environment.py`)."""
    log: str
    """Path of the file that takes both its outputs; kept small by `log_keeper.py`."""
    stop_seconds: float = 10.0
    """From the stop signal to the kill."""
    autostart: bool = True
    stop_signal: str = "TERM"
    priority: int = 999
    """Lower ones start first and stop last."""
    once: bool = False
    """It runs to its end and is not started again."""
    secrets: Secrets | None = None
    """Variables that are read at each start and are nowhere else."""
    bounds: Bounds | None = None
    pause_max: float | None = None
    """The longest pause before it is started again, seconds; none: that of a program whose place others take."""


class Process(Struct, frozen=True, kw_only=True):
    """A program as it is now."""

    name: str
    state: str
    """supervisord's word: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN.

    BACKOFF also while the next start of a program that failed often is waited for."""
    pid: int | None = None
    """None while it does not run."""
    started_at: float = 0.0
    """Seconds since the epoch; 0 before the first start."""
    restarts: int = 0
    """Starts after the first since it was put, whatever their cause; each is counted as it happens."""
    exit_code: int | None = None
    """Of its last end; minus the signal's number where one ended it."""
    detail: str = ""
    """Why it does not run, in a few words."""
    unwell: str = ""
    """Why it takes no requests, where its keeper asks that by itself."""
    changed: str = ""
    """What other hands changed of how it is run, in a few words."""
    is_here: bool = True
    """Whether its process is one of this machine."""
    orphan: bool = False
    """It works, but its supervisord was killed: its output is lost. Once it ends, a new copy is started."""

    @property
    def is_running(self) -> bool:
        """Whether a process exists, be it starting, working or about to end."""
        return self.pid is not None


def check(program: Program) -> None:
    """Raises `PortError` for what no supervisord can run."""
    if not NAME.fullmatch(program.name):
        raise PortError(
            f"`{program.name}` cannot name a program",
            why="Names have letters, digits, dots, hyphens and underscores.",
            fix="Rename the service or the version.",
        )
    try:
        empty = not shlex.split(program.command)
    except ValueError as error:
        raise _unreadable(program, str(error)) from error
    if empty:
        raise _unreadable(program, "It is empty")


def _unreadable(program: Program, why: str) -> PortError:
    return PortError(
        f"the command of {program.name} cannot be read",
        where=program.command,
        why=f"{why}.",
        fix="Write it as in a shell, with matching quotes.",
    )


def specification(program: Program, home: Path, inherited: Mapping[str, str]) -> Spec:
    """What `launch.py` reads. The digest covers the program alone: a changed shell restarts nothing."""
    tags = {"SHIPWAY_HOME": str(home), "SHIPWAY_PROGRAM": program.name}
    words = shlex.split(program.command)
    return Spec(
        name=program.name,
        argv=_reading(Places(home).program(program.name)) if program.secrets else words,
        directory=program.directory,
        environment={
            **inherited,
            **variables(program.bounds.account if program.bounds else None),
            **program.environment,
            **tags,
        },
        stop_seconds=program.stop_seconds,
        home=str(home),
        log=program.log,
        digest=_digest(program),
        becomes=words,
        own={**program.environment, **tags},
        secrets=msgspec.to_builtins(program.secrets),
        bounds=_bounds(program.bounds),
        pause_max=launch.PAUSE_SECONDS_MAX if program.pause_max is None else program.pause_max,
        once=program.once,
    )


def _bounds(bounds: Bounds | None) -> LaunchBounds | None:
    if bounds is None:
        return None
    return LaunchBounds(
        account=numbers(bounds.account),
        umask=bounds.umask,
        open_files=bounds.open_files,
        nice=bounds.nice,
        killed_first=bounds.killed_first,
    )


def _digest(program: Program) -> str:
    """What came later is left out where it is not used, what went is as it was: no newer Shipway restarts it."""
    told = {**msgspec.to_builtins(program), "kill_group": True}
    for later in ("secrets", "bounds", "pause_max"):
        if told[later] is None:
            del told[later]
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def _reading(path: Path) -> list[str]:
    return [sys.executable, "-I", "-S", secret_environment.__file__, str(path)]


def section(program: Program, places: Places) -> str:
    """The program's part of supervisord's configuration. Only what `launch.py` says itself goes to supervisord."""
    command = [sys.executable, "-I", "-S", launch.__file__, str(places.program(program.name))]
    settings = {
        "command": shlex.join(command),
        "autostart": _word(program.autostart),
        "autorestart": _word(not program.once),
        "startsecs": 0 if program.once else launch.QUICK_SECONDS,
        "startretries": STARTS_MAX,
        "stopsignal": program.stop_signal,
        "stopwaitsecs": max(1, math.ceil(program.stop_seconds)),
        "stopasgroup": "true",
        "killasgroup": "true",
        "priority": program.priority,
        "redirect_stderr": "true",
        "stdout_logfile": places.launch_log,
        "stdout_logfile_maxbytes": 0,
    }
    lines = [f"{key}={str(value).replace('%', '%%')}" for key, value in settings.items()]
    return "\n".join([f"[program:{program.name}]", *lines, ""])


def _word(value: bool) -> str:
    return "true" if value else "false"
