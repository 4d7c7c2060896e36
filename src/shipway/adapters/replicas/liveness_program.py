"""Where replicas are looked after without a controller: one program for each home."""

import shlex
import sys
from pathlib import Path

from shipway.adapters.supervisor import Program


def liveness_program(home: Path) -> Program:
    """Restarts replicas whose `alive` probe fails, or that have more memory than they may."""
    return Program(
        name="shipway-liveness",
        command=shlex.join([sys.executable, "-m", "shipway.adapters.platforms.liveness", "--home", str(home)]),
        directory=str(home),
        log=str(home / "supervisor" / "liveness.log"),
        stop_seconds=2.0,
    )
