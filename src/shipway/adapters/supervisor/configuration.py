"""supervisord's own configuration: where everything lies, and the text of its file."""

import os
import re
import resource
import shlex
import sys
from hashlib import sha256
from pathlib import Path

from shipway.adapters.supervisor import log_keeper
from shipway.errors import PortError

SOCKET_PATH_MAX = 97
"""The system takes 107 bytes (103 on macOS); supervisord appends a process number while it binds."""
OPEN_FILES = 8192
"""Enough for some thousands of programs; each start closes that many descriptors one by one."""

KEEPER = "shipway-logs"
"""Our own program beside those that were put."""

TEXT = """; Written by Shipway. `supervisord -c` on this file brings everything back, without Shipway.
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
identifier=shipway
logfile={directory}/supervisord.log
logfile_maxbytes=10MB
logfile_backups=3
pidfile={directory}/supervisord.pid
childlogdir={directory}
directory={directory}
nocleanup=true
nodaemon=false
umask=077
minfds={open_files}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}

[program:{keeper}]
command={keeper_command}
startretries=1000000
stopwaitsecs=1
redirect_stderr=true
stdout_logfile={directory}/launch.log
stdout_logfile_maxbytes=0
priority=1

[include]
files=conf.d/*.conf
"""


class Places:
    """The paths under one home."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.directory = self.home / "supervisor"
        self.configuration = self.directory / "supervisord.conf"
        self.pid_file = self.directory / "supervisord.pid"
        self.log = self.directory / "supervisord.log"
        self.launch_log = self.directory / "launch.log"
        self.lock = self.directory / "lock"
        self.sections = self.directory / "conf.d"
        self.programs = self.directory / "programs"
        self.runs = self.directory / "runs"
        self.socket = socket_path(self.home)

    def section(self, name: str) -> Path:
        """The program's part of the configuration."""
        return self.sections / f"{name}.conf"

    def removed(self, name: str) -> Path:
        """What its section becomes when it is removed, until it has ended."""
        return self.sections / f"{name}.removed"

    def program(self, name: str) -> Path:
        """What `launch.py` reads."""
        return self.programs / f"{name}.json"


def socket_path(home: Path) -> Path:
    """Under home; where that is too long for a socket, in /tmp under a name that only this home gives.

    A directory of its own there would be gone after a restart of the machine, when supervisord comes back alone.
    """
    near = home / "supervisor" / "supervisor.sock"
    if len(os.fsencode(near)) <= SOCKET_PATH_MAX:
        return near
    return Path(f"/tmp/shipway-{os.getuid()}-{sha256(os.fsencode(home)).hexdigest()[:16]}.sock")


def text(places: Places) -> str:
    """`supervisord.conf`."""
    if re.search(r"[\n\r*?\[%]|\s[;#]", str(places.home)):
        raise PortError(
            "SHIPWAY_HOME has a name that supervisord cannot read",
            where=str(places.home),
            why="It has a line break, one of * ? [ %, or a space before ; or #.",
            fix="Set SHIPWAY_HOME to a plainer path.",
        )
    keeper = [sys.executable, "-I", "-S", log_keeper.__file__, str(places.directory)]
    return TEXT.format(
        socket=_escaped(places.socket),
        directory=_escaped(places.directory),
        open_files=open_files(),
        keeper=KEEPER,
        keeper_command=_escaped(shlex.join(keeper)),
    )


def open_files() -> int:
    """As many as supervisord may have without asking for rights that it lacks."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)


def _escaped(path: Path | str) -> str:
    return str(path).replace("%", "%%")
