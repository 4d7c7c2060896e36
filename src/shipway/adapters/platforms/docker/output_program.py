"""Where the output of containers goes without a controller: one program for each home."""

import shlex
import sys
from pathlib import Path

from shipway.adapters.supervisor import Program


def output_program(home: Path) -> Program:
    """Writes what containers say into the files that `shipway logs` reads."""
    return Program(
        name="shipway-docker-output",
        command=shlex.join(
            [sys.executable, "-m", "shipway.adapters.platforms.docker.output", "--home", str(home)]
        ),
        directory=str(home),
        log=str(home / "supervisor" / "docker-output.log"),
        stop_seconds=2.0,
    )
