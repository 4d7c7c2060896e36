"""Lets systemd bring supervisord back when the machine starts (systemd.service(5)).

`KillMode=process`: when supervisord itself is killed, what it ran keeps serving, and the next one takes it over.
"""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from shipway.adapters.supervisor import daemon
from shipway.adapters.supervisor.configuration import Places
from shipway.errors import PortError

DEADLINE_SECONDS = 30.0
STOP_SECONDS = 120

TEXT = """# Written by Shipway: brings back what runs under {home} when the machine starts.
[Unit]
Description=Shipway programs of {home}
After=network.target

[Service]
ExecStart={python} -m supervisor.supervisord --nodaemon --silent -c {configuration}
KillMode=process
Restart=always
RestartSec=1
TimeoutStopSec={stop_seconds}
UMask=0077
LimitNOFILE=65536

[Install]
WantedBy={target}
"""


def is_running() -> bool:
    """Whether systemd runs this machine (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def unit_name(home: Path) -> str:
    """One for each home."""
    return f"shipway-{sha256(os.fsencode(home.absolute())).hexdigest()[:8]}.service"


def unit(home: Path, *, is_system: bool) -> str:
    """The text of the unit."""
    places = Places(home)
    return TEXT.format(
        home=str(places.home).replace("%", "%%"),
        python=_quoted(sys.executable),
        configuration=_quoted(str(places.configuration)),
        stop_seconds=STOP_SECONDS,
        target="multi-user.target" if is_system else "default.target",
    )


def unit_path(home: Path, *, is_system: bool) -> Path:
    """Where systemd looks for it."""
    folder = Path("/etc/systemd/system") if is_system else Path.home() / ".config" / "systemd" / "user"
    return folder / unit_name(home)


def install(home: Path, *, is_system: bool) -> Path:
    """Write the unit and enable it for the next start of the machine; what runs now is not touched.

    A user's unit needs lingering too, or it would wait for the user to log in. Raises `PortError`.
    """
    if not is_running():
        raise PortError(
            "systemd does not run this machine",
            where="/run/systemd/system",
            why="That directory does not exist.",
            fix=f"Have your init system run: {sys.executable} -m supervisor.supervisord -c"
            f" {Places(home).configuration}",
        )
    daemon.prepare(Places(home))
    path = unit_path(home, is_system=is_system)
    _write(path, unit(home, is_system=is_system))
    manager = ["systemctl"] if is_system else ["systemctl", "--user"]
    _run([*manager, "daemon-reload"])
    _run([*manager, "enable", path.name])
    if not is_system:
        _run(["loginctl", "enable-linger"])
    return path


def uninstall(home: Path, *, is_system: bool) -> None:
    """Take the unit away; what runs now is not touched."""
    path = unit_path(home, is_system=is_system)
    if not path.exists():
        return
    _run([*(["systemctl"] if is_system else ["systemctl", "--user"]), "disable", path.name])
    path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise PortError(
            "the systemd unit cannot be written",
            where=str(path),
            why=f"The system said: {error.strerror}.",
            fix="Install it for your user, or run the command as root.",
        ) from error


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(command, str(error)) from error
    if done.returncode != 0:
        raise _failed(command, done.stderr.decode(errors="replace").strip())


def _failed(command: list[str], why: str) -> PortError:
    return PortError(
        "systemd did not take the unit",
        where=" ".join(command),
        why=why or "It said nothing.",
        fix="Run that command by hand to see more.",
    )


def _quoted(word: str) -> str:
    """As systemd reads one argument: `%` starts a specifier, `$` a variable."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or " " in word else word
