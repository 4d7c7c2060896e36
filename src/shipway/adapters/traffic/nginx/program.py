"""nginx as a program that is kept alive."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from shipway.adapters.supervisor import Program
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.state import State
from shipway.errors import PortError

NAME, COUNTS = "nginx", "nginx-counts"
CONCURRENCY_MAX = 8
ANSWER_SECONDS = 5.0
BESIDE = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")
"""Where it lies though the user's path may not lead there."""


class Supervisor(Protocol):
    """Keeps programs alive, and adopts one that lived on while its supervisor was killed."""

    async def put(self, *programs: Program) -> None:
        """Have these programs run; one that does already stays as it is."""
        ...

    async def remove(self, name: str) -> None:
        """Stop it and forget it; nothing happens if there is none."""
        ...


def program(home: Home) -> Program:
    """Sockets that a killed nginx left would keep the next one from starting, so they are removed before."""
    start = shlex.join([str(binary()), "-c", str(home.configuration), "-p", str(home.directory)])
    sockets = shlex.join([str(home.status), str(home.copies)])
    return Program(
        name=NAME,
        command=shlex.join(["/bin/sh", "-c", f"rm -f {sockets}; exec {start}"]),
        directory=str(home.directory),
        log=str(home.directory / "output.log"),
        stop_signal="QUIT",
        stop_seconds=5.0,
        # It starts early and stops late: what it serves needs it.
        priority=1,
        # Nobody is served while it is away.
        pause_max=1.0,
    )


def counting(home: Home) -> Program:
    """The program that counts what nginx tells of requests."""
    words = [sys.executable, "-m", "shipway.adapters.traffic._access_log", "file"]
    return Program(
        name=COUNTS,
        command=shlex.join([*words, str(home.requests), str(home.counts), str(home.pid)]),
        directory=str(home.directory),
        log=str(home.counts_log),
        stop_seconds=2.0,
        priority=1,
        # What nobody counts is not known.
        pause_max=1.0,
    )


def workers(services: Mapping[str, State]) -> int:
    """Worker processes: as many as a service wants, or one per core."""
    wanted = [state.options.concurrency for state in services.values() if state.options.concurrency]
    return max(wanted, default=min(_cores(), CONCURRENCY_MAX))


def _cores() -> int:
    """Those that we may use, where the system tells; macOS has no affinity."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version() -> str:
    """`1.22.1`. Raises `PortError` when there is none."""
    words = [str(binary()), "-v"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False).stderr
    return said.strip().rpartition("/")[2]


def binary() -> Path:
    """The program. Raises `PortError` when there is none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *BESIDE])
    if found := shutil.which("nginx", path=path):
        return Path(found)
    raise PortError(
        "nginx is missing",
        where="program nginx",
        why="Neither PATH nor /usr/sbin has it.",
        fix="Install it, for example with `apt install nginx-light`, or serve with `traffic: envoy`.",
    )
